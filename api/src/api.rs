//! The API of one process: what its routes share.

use std::{
    fmt,
    num::NonZero,
    sync::{Arc, OnceLock},
    thread::available_parallelism,
};

use contracts::Service;
use store::secret::shared_secret;
use streamward::{Error, Runtime, clock, pressure::HighWaterMark};
use supervision::{BoxError, TaskContext, Tree};
use tokio::sync::Semaphore;

use crate::{
    auth::passwords::Hasher, metrics, middleware::background_tasks::BackgroundTasks,
    order_events::OrderSubscriptions, rate_limit::limiter::Limiter, read_model::catalog::Catalog,
    read_model::search::Index, settings::Settings,
};

/// The API of one process. Clones are handles to the same one.
#[derive(Clone)]
pub struct Api {
    inner: Arc<Inner>,
}

struct Inner {
    runtime: Runtime,
    settings: Settings,
    catalog: Catalog,
    search: Index,
    high_water: HighWaterMark,
    order_subscriptions: Arc<OrderSubscriptions>,
    tree: OnceLock<Tree>,
    exposition: Box<dyn Fn() -> String + Send + Sync>,
    hasher: Hasher,
    decoy: String,
    secret: String,
    limiter: Limiter,
    in_flight: Semaphore,
    looks: Arc<Semaphore>,
    background_tasks: BackgroundTasks,
    since_ms: u64,
}

impl Api {
    /// Loads the read model, indexes it, and stands ready to serve. `exposition` renders the process' metrics.
    ///
    /// # Errors
    /// [`streamward::Error`] when the catalogue cannot be read or indexed.
    pub async fn open(
        runtime: Runtime,
        settings: Settings,
        exposition: impl Fn() -> String + Send + Sync + 'static,
    ) -> store::Result<Self> {
        let snapshot = store::read_model::snapshot(&runtime).await?;
        let written = [Service::Order.writes()];
        let hasher = Hasher::new(settings.password_cost);
        let secret = match &settings.secret {
            Some(secret) => secret.clone(),
            None => shared_secret(&runtime, &hex::encode(rand::random::<[u8; 32]>())).await?,
        };
        metrics::describe();
        let inner = Inner {
            high_water: HighWaterMark::new(runtime.clone(), written, settings.high_water),
            order_subscriptions: OrderSubscriptions::new(
                settings.streams,
                settings.streams_per_customer,
            ),
            limiter: Limiter::new(runtime.clone()),
            in_flight: Semaphore::new(settings.connections.in_flight),
            looks: Arc::new(Semaphore::new(
                available_parallelism().map_or(1, NonZero::get),
            )),
            background_tasks: BackgroundTasks::default(),
            runtime,
            settings,
            catalog: Catalog::new(snapshot),
            search: Index::new().map_err(no_index)?,
            tree: OnceLock::new(),
            exposition: Box::new(exposition),
            decoy: hasher.decoy().await,
            hasher,
            secret,
            since_ms: clock::now_ms(),
        };
        let api = Self {
            inner: Arc::new(inner),
        };
        while api.index_some().await.map_err(no_index)? {}
        Ok(api)
    }

    /// Shows operators this tree. To be called once, when it is started; later calls are ignored.
    pub fn set_tree(&self, tree: Tree) {
        // The first tree is the process'; a second one would be a mistake of the caller.
        let _ = self.inner.tree.set(tree);
    }

    pub(crate) fn runtime(&self) -> &Runtime {
        &self.inner.runtime
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    pub(crate) fn catalog(&self) -> &Catalog {
        &self.inner.catalog
    }

    /// Who listens to which order.
    pub(crate) fn order_subscriptions(&self) -> &Arc<OrderSubscriptions> {
        &self.inner.order_subscriptions
    }

    pub(crate) fn search(&self) -> &Index {
        &self.inner.search
    }

    /// Whether more orders may be taken on.
    pub(crate) fn high_water(&self) -> &HighWaterMark {
        &self.inner.high_water
    }

    /// Keeps an eye on how far the services are behind, as a supervised task.
    ///
    /// # Errors
    /// What Redis says that no patience mends.
    pub async fn watch_backlog(self, context: TaskContext) -> Result<(), BoxError> {
        self.inner.high_water.clone().watch(context).await
    }

    pub(crate) fn tree(&self) -> Option<&Tree> {
        self.inner.tree.get()
    }

    pub(crate) fn exposition(&self) -> String {
        // Set when it is asked for: a follower that has died would leave its last figure standing.
        streamward::metrics::set_staleness(self.catalog().staleness_ms());
        (self.inner.exposition)()
    }

    /// Where passwords are hashed and checked.
    pub(crate) fn hasher(&self) -> &Hasher {
        &self.inner.hasher
    }

    /// What the secrets of API keys and CSRF tokens are derived from.
    pub(crate) fn secret(&self) -> &str {
        &self.inner.secret
    }

    /// Who keeps to the limits.
    pub(crate) fn limiter(&self) -> &Limiter {
        &self.inner.limiter
    }

    /// One permit per request that is being answered.
    pub(crate) fn in_flight(&self) -> &Semaphore {
        &self.inner.in_flight
    }

    /// One permit per long look through the catalogue: as many as there are processors, as more would only
    /// get in each other's way.
    pub(crate) fn looks(&self) -> &Arc<Semaphore> {
        &self.inner.looks
    }

    /// Work that is finished whoever goes away.
    pub(crate) fn background_tasks(&self) -> &BackgroundTasks {
        &self.inner.background_tasks
    }

    /// A password hash that nothing matches, to be checked when a user is unknown.
    pub(crate) fn decoy(&self) -> &str {
        &self.inner.decoy
    }

    /// Unix milliseconds at which the API was opened.
    pub(crate) fn since_ms(&self) -> u64 {
        self.inner.since_ms
    }
}

/// An index in memory fails when there is no memory, or no thread to be had.
fn no_index(cause: impl fmt::Display) -> Error {
    Error::Server {
        setting: "search index",
        problem: cause.to_string(),
    }
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api")
            .field("settings", &self.inner.settings)
            .finish_non_exhaustive()
    }
}
