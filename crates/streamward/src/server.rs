//! Connections to one Redis server, each with its purpose and explicit timeouts.
//!
//! - [`SharedConnection`]: a shared, multiplexed connection for short commands and step scripts. Concurrent
//!   steps pipeline by themselves; a broken one is dialled again by the next caller.
//! - [`Server::dedicated`]: one connection for one blocking reader.
//! - A pool of exclusive connections for short conversations (a script and its WAIT).

mod availability;

use std::{
    collections::BTreeMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use redis::{
    AsyncConnectionConfig, Client, Cmd, Pipeline, RedisError, RedisFuture, RedisResult, Value,
    aio::{ConnectionLike, MultiplexedConnection},
};
use tokio::time::Instant;

use self::availability::Availability;
use crate::error::{Error, Recovery, Result};

/// A short command that takes longer has failed; it may have run all the same.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(5);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);
/// Two driver tasks keep both cores of a small machine busy; more only split the pipelines.
const SHARED_LINKS: usize = 2;
const POOL_SIZE: usize = 16;
const PIPELINE_BUFFER: usize = 1024;

/// A Redis server and this process' connections to it. Cheap to clone.
#[derive(Clone)]
pub struct Server {
    inner: Arc<Inner>,
}

struct Inner {
    url: String,
    client: Client,
    links: Vec<Arc<Dial>>,
    availability: Arc<Availability>,
    next: AtomicUsize,
    pool: deadpool_redis::Pool,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Without its URL, which may contain a password.
        f.debug_struct("Server").finish_non_exhaustive()
    }
}

impl Server {
    /// The server at `url` (`redis://`, `rediss://`, `redis+unix:///path`). Nothing is dialled yet.
    ///
    /// # Errors
    /// [`Error::Redis`] when the URL is malformed, [`Error::Server`] when no pool can be built.
    pub fn new(url: &str) -> Result<Self> {
        let client = Client::open(url)?;
        let config = short_commands();
        let manager = deadpool_redis::Manager::new_with_config(url, config)?;
        let pool = deadpool_redis::Pool::builder(manager)
            .max_size(POOL_SIZE)
            .wait_timeout(Some(RESPONSE_TIMEOUT))
            .create_timeout(Some(CONNECT_TIMEOUT))
            .recycle_timeout(Some(CONNECT_TIMEOUT))
            .runtime(deadpool_redis::Runtime::Tokio1)
            .build()
            .map_err(|error| Error::setting("pool", error.to_string()))?;
        let availability = Arc::new(Availability::default());
        let links = (0..SHARED_LINKS)
            .map(|_| Arc::new(Dial::new(client.clone(), Arc::clone(&availability))))
            .collect();
        let inner = Inner {
            url: url.to_owned(),
            client,
            links,
            availability,
            next: AtomicUsize::new(0),
            pool,
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// URL of the server.
    pub fn url(&self) -> &str {
        &self.inner.url
    }

    /// A shared connection for short commands.
    pub fn link(&self) -> SharedConnection {
        let n = self.inner.next.fetch_add(1, Ordering::Relaxed) % self.inner.links.len();
        SharedConnection(Arc::clone(&self.inner.links[n]))
    }

    /// The known outage of the server, for people; `None` while it works.
    pub fn outage(&self) -> Option<String> {
        self.inner.availability.outage()
    }

    /// Opens an exclusive connection whose commands may take up to `response_timeout`. A blocking
    /// reader gives its BLOCK time and a generous margin.
    ///
    /// # Errors
    /// [`Error::Redis`] when the server cannot be reached.
    pub async fn dedicated(&self, response_timeout: Duration) -> Result<MultiplexedConnection> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECT_TIMEOUT))
            .set_response_timeout(Some(response_timeout));
        Ok(dial(&self.inner.client, &self.inner.availability, &config).await?)
    }

    /// Reads a section of INFO, for example `server` or `everything`, as names and values.
    ///
    /// # Errors
    /// [`Error::Redis`] when the server cannot be reached.
    pub async fn info(&self, section: &str) -> Result<BTreeMap<String, String>> {
        let mut info = redis::cmd("INFO");
        let text: String = info.arg(section).query_async(&mut self.link()).await?;
        let fields = text.lines().filter_map(|line| line.split_once(':'));
        let owned = fields.map(|(name, value)| (name.to_owned(), value.trim().to_owned()));
        Ok(owned.collect())
    }

    /// Reads the server's clock: Unix milliseconds.
    pub(crate) async fn time_ms(&self) -> Result<u64> {
        let time = redis::cmd("TIME");
        let (seconds, micros): (u64, u64) = time.query_async(&mut self.link()).await?;
        Ok(seconds.saturating_mul(1000) + micros / 1000)
    }

    /// An exclusive connection from the pool, for a short conversation such as a script and WAIT.
    pub(crate) async fn exclusive(&self) -> Result<ExclusiveConnection> {
        let Inner {
            client,
            availability,
            ..
        } = &*self.inner;
        availability.check()?;
        let begun = Instant::now();
        let connection = self.inner.pool.get().await;
        let connection = connection.map_err(|error| match error {
            deadpool_redis::PoolError::Backend(error) => {
                availability.not_dialled(client, &error, begun.elapsed());
                error.into()
            }
            deadpool_redis::PoolError::Timeout(_)
            | deadpool_redis::PoolError::Closed
            | deadpool_redis::PoolError::NoRuntimeSpecified
            | deadpool_redis::PoolError::PostCreateHook(_) => Error::Pool {
                problem: error.to_string(),
            },
        })?;
        Ok(ExclusiveConnection {
            connection,
            server: self.clone(),
        })
    }
}

/// A connection of the pool, for one caller.
pub(crate) struct ExclusiveConnection {
    connection: deadpool_redis::Connection,
    server: Server,
}

impl ExclusiveConnection {
    fn observe(&self, outcome: Result<&[Value], &RedisError>) {
        let Inner {
            client,
            availability,
            ..
        } = &*self.server.inner;
        // The pool examines a connection before it is used again.
        let _ = availability.observe(client, outcome);
    }
}

impl ConnectionLike for ExclusiveConnection {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        Box::pin(async move {
            let reply = self.connection.req_packed_command(cmd).await;
            self.observe(reply.as_ref().map(std::slice::from_ref));
            reply
        })
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        Box::pin(async move {
            let reply = self.connection.req_packed_commands(pipeline, offset, count);
            let reply = reply.await;
            self.observe(reply.as_ref().map(Vec::as_slice));
            reply
        })
    }

    fn get_db(&self) -> i64 {
        self.connection.get_db()
    }
}

fn short_commands() -> AsyncConnectionConfig {
    AsyncConnectionConfig::new()
        .set_connection_timeout(Some(CONNECT_TIMEOUT))
        .set_response_timeout(Some(RESPONSE_TIMEOUT))
        .set_pipeline_buffer_size(PIPELINE_BUFFER)
}

/// Opens a connection, unless the server is known to be away.
async fn dial(
    client: &Client,
    availability: &Arc<Availability>,
    config: &AsyncConnectionConfig,
) -> RedisResult<MultiplexedConnection> {
    availability.check()?;
    let begun = Instant::now();
    let dialled = client
        .get_multiplexed_async_connection_with_config(config)
        .await;
    match &dialled {
        Err(error) => availability.not_dialled(client, error, begun.elapsed()),
        Ok(_) => availability.found(),
    }
    dialled
}

/// A connection that can be dialled again.
struct Dial {
    client: Client,
    availability: Arc<Availability>,
    current: RwLock<Option<(usize, MultiplexedConnection)>>,
    generation: AtomicUsize,
    dialling: tokio::sync::Mutex<()>,
}

impl Dial {
    fn new(client: Client, availability: Arc<Availability>) -> Self {
        Self {
            client,
            availability,
            current: RwLock::new(None),
            generation: AtomicUsize::new(0),
            dialling: tokio::sync::Mutex::new(()),
        }
    }

    fn current(&self) -> Option<(usize, MultiplexedConnection)> {
        self.current
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    async fn connection(&self) -> RedisResult<(usize, MultiplexedConnection)> {
        self.availability.check()?;
        if let Some(current) = self.current() {
            return Ok(current);
        }
        // One caller dials; the others wait for its connection.
        let _dialling = self.dialling.lock().await;
        if let Some(current) = self.current() {
            return Ok(current);
        }
        let config = short_commands();
        let connection = dial(&self.client, &self.availability, &config).await?;
        let generation = self.generation.fetch_add(1, Ordering::Relaxed) + 1;
        let current = (generation, connection);
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(current.clone());
        Ok(current)
    }

    /// Evaluates the outcome of a command: drops the connection of `generation` after an error that
    /// it will not recover from, and keeps the availability up to date.
    fn observe(&self, generation: usize, outcome: Result<&[Value], &RedisError>) {
        let recovery = self.availability.observe(&self.client, outcome);
        if recovery != Some(Recovery::Redial) {
            return;
        }
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        if current.as_ref().is_some_and(|(now, _)| *now == generation) {
            *current = None;
        }
    }
}

/// A shared connection that reconnects: after a broken connection or a demoted master the next
/// command dials again. The failed command itself is not repeated, because it may have run.
#[derive(Clone)]
pub struct SharedConnection(Arc<Dial>);

impl std::fmt::Debug for SharedConnection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SharedConnection").finish_non_exhaustive()
    }
}

impl ConnectionLike for SharedConnection {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        Box::pin(async move {
            let (generation, mut connection) = self.0.connection().await?;
            let reply = connection.send_packed_command(cmd).await;
            let outcome = reply.as_ref().map(std::slice::from_ref);
            self.0.observe(generation, outcome);
            reply
        })
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        Box::pin(async move {
            let (generation, mut connection) = self.0.connection().await?;
            let reply = connection
                .send_packed_commands(pipeline, offset, count)
                .await;
            self.0
                .observe(generation, reply.as_ref().map(Vec::as_slice));
            reply
        })
    }

    fn get_db(&self) -> i64 {
        0
    }
}
