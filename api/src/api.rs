//! The API of one process: the state that its routes and tasks share.

use std::{
    fmt,
    num::NonZero,
    ops::Deref,
    sync::{Arc, OnceLock},
    thread::available_parallelism,
};

use contracts::Service;
use store::secret::shared_secret;
use streamward::{Error, Runtime, clock, pressure::HighWaterMark};
use supervision::{BoxError, TaskContext, Tree};
use tokio::sync::Semaphore;

use crate::{
    auth::passwords::Hasher,
    health::readiness::Readiness,
    middleware::background_tasks::BackgroundTasks,
    order_events::OrderSubscriptions,
    rate_limit::limiter::Limiter,
    read_model::{catalog::Catalog, search::Index},
    settings::Settings,
};

/// The API of one process. Clones are handles to the same one.
#[derive(Clone, Debug)]
pub struct Api(Arc<State>);

/// The shared state of an [`Api`].
pub struct State {
    pub(crate) runtime: Runtime,
    pub(crate) settings: Settings,
    pub(crate) catalog: Catalog,
    pub(crate) search: Index,
    /// Whether the services are too far behind for more orders.
    pub(crate) high_water: HighWaterMark,
    pub(crate) order_subscriptions: Arc<OrderSubscriptions>,
    pub(crate) readiness: Readiness,
    tree: OnceLock<Tree>,
    exposition: Box<dyn Fn() -> String + Send + Sync>,
    pub(crate) hasher: Hasher,
    /// A password hash that matches nothing, checked when an account is unknown.
    pub(crate) decoy: String,
    /// The secret that the secrets of API keys and the CSRF tokens are derived from.
    pub(crate) secret: String,
    pub(crate) limiter: Limiter,
    /// Permits of the requests in progress.
    pub(crate) in_flight: Semaphore,
    /// Permits of the long scans of the catalogue: as many as there are processors.
    pub(crate) scans: Arc<Semaphore>,
    pub(crate) background_tasks: BackgroundTasks,
    /// Unix milliseconds at which the API was opened.
    pub(crate) since_ms: u64,
}

impl Deref for Api {
    type Target = State;

    fn deref(&self) -> &State {
        &self.0
    }
}

impl Api {
    /// Loads and indexes the read model. `exposition` renders the metrics of the process.
    ///
    /// # Errors
    /// [`streamward::Error`] when the catalogue cannot be read or indexed.
    pub async fn open(
        runtime: Runtime,
        settings: Settings,
        exposition: impl Fn() -> String + Send + Sync + 'static,
    ) -> store::Result<Self> {
        let snapshot = store::read_model::snapshot(&runtime).await?;
        let written = Service::Order.writes();
        let hasher = Hasher::new(settings.password_cost);
        let secret = match &settings.secret {
            Some(secret) => secret.clone(),
            None => shared_secret(&runtime, &hex::encode(rand::random::<[u8; 32]>())).await?,
        };
        let processors = available_parallelism().map_or(1, NonZero::get);
        let api = Self(Arc::new(State {
            high_water: HighWaterMark::new(runtime.clone(), written, settings.high_water),
            order_subscriptions: OrderSubscriptions::new(
                settings.streams,
                settings.streams_per_customer,
            ),
            limiter: Limiter::new(runtime.clone()),
            in_flight: Semaphore::new(settings.connections.in_flight),
            scans: Arc::new(Semaphore::new(processors)),
            background_tasks: BackgroundTasks::default(),
            runtime,
            settings,
            catalog: Catalog::new(snapshot),
            search: Index::new().map_err(index_error)?,
            readiness: Readiness::default(),
            tree: OnceLock::new(),
            exposition: Box::new(exposition),
            decoy: hasher.decoy().await,
            hasher,
            secret,
            since_ms: clock::now_ms(),
        }));
        while api.index_some().await.map_err(index_error)? {}
        Ok(api)
    }

    /// Sets the supervision tree to show. Later calls are ignored.
    pub fn set_tree(&self, tree: Tree) {
        // A process has one tree; a second one would be a mistake of the caller.
        let _ = self.tree.set(tree);
    }

    pub(crate) fn tree(&self) -> Option<&Tree> {
        self.tree.get()
    }

    /// Watches how far the services are behind, as a supervised task.
    ///
    /// # Errors
    /// Permanent errors of Redis.
    pub async fn watch_backlog(self, context: TaskContext) -> Result<(), BoxError> {
        self.high_water.clone().watch(context).await
    }

    pub(crate) fn exposition(&self) -> String {
        // Set on every scrape: a dead follower would leave its last value.
        streamward::metrics::set_staleness(self.catalog.staleness_ms());
        (self.exposition)()
    }
}

/// Returns the error of an index in memory, which fails without memory or threads only.
fn index_error(cause: impl fmt::Display) -> Error {
    Error::Server {
        setting: "search index",
        problem: cause.to_string(),
    }
}

impl fmt::Debug for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("State")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
