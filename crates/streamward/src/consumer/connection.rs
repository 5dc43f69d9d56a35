//! The seam between the roles and Redis.
//!
//! Roles reach Redis and the wall clock through [`Environment`] only. In production that is a
//! [`Server`]; the simulation in `tests/protocol` puts a model of one there and runs the same roles.

use std::{sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use redis::{Cmd, Pipeline, RedisFuture, Value, aio::ConnectionLike};

use super::identity::Identity;
use crate::{
    clock,
    error::{Error, Recovery, Result},
    groups,
    server::Server,
};

/// Redis and the wall clock, as the roles of a consumer reach them.
pub(crate) trait Environment: Send + Sync + 'static {
    /// A shared connection for short commands.
    fn link(&self) -> BoxedConnection;

    /// Opens an exclusive connection whose commands may take up to `response_timeout`.
    fn dedicated(&self, response_timeout: Duration) -> BoxFuture<'_, Result<BoxedConnection>>;

    /// Unix milliseconds now.
    fn now_ms(&self) -> u64;
}

impl Environment for Server {
    fn link(&self) -> BoxedConnection {
        BoxedConnection(Box::new(Self::link(self)))
    }

    fn dedicated(&self, response_timeout: Duration) -> BoxFuture<'_, Result<BoxedConnection>> {
        Box::pin(async move {
            let connection = Self::dedicated(self, response_timeout).await?;
            Ok(BoxedConnection(Box::new(connection)))
        })
    }

    fn now_ms(&self) -> u64 {
        clock::now_ms()
    }
}

/// A connection to Redis or to a model of it. Its box costs nothing beside a round trip.
pub(crate) struct BoxedConnection(pub(crate) Box<dyn ConnectionLike + Send>);

impl ConnectionLike for BoxedConnection {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        self.0.req_packed_command(cmd)
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        self.0.req_packed_commands(pipeline, offset, count)
    }

    fn get_db(&self) -> i64 {
        self.0.get_db()
    }
}

/// A consumer's access to its group in Redis. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Connection {
    pub(crate) identity: Arc<Identity>,
    environment: Arc<dyn Environment>,
}

impl Connection {
    pub(crate) fn new(identity: Arc<Identity>, environment: Arc<dyn Environment>) -> Self {
        Self {
            identity,
            environment,
        }
    }

    pub(crate) fn link(&self) -> BoxedConnection {
        self.environment.link()
    }

    pub(crate) async fn dedicated(&self, response_timeout: Duration) -> Result<BoxedConnection> {
        self.environment.dedicated(response_timeout).await
    }

    pub(crate) fn environment(&self) -> Arc<dyn Environment> {
        Arc::clone(&self.environment)
    }

    pub(crate) fn now_ms(&self) -> u64 {
        self.environment.now_ms()
    }

    /// Creates the groups this consumer reads with now, where they are missing.
    pub(crate) async fn ensure_groups(&self) -> Result<()> {
        let Identity {
            service,
            partition,
            streams,
            ..
        } = &*self.identity;
        let always = &streams[self.identity.on_demand().len()..];
        groups::ensure(&mut self.link(), partition, service, always).await?;
        match self.identity.wanted_since_ms() {
            0 => Ok(()),
            since => self.ensure_on_demand(since).await,
        }
    }

    /// Creates the groups on the streams on demand, where they are missing: from this millisecond on.
    pub(crate) async fn ensure_on_demand(&self, since_ms: u64) -> Result<()> {
        let identity = &self.identity;
        let (partition, service) = (&identity.partition, &identity.service);
        // A group reads what comes after its start: the last possible id of the millisecond before.
        let start = format!("{}-{}", since_ms.saturating_sub(1), u64::MAX);
        let mut link = self.link();
        let streams = identity.on_demand();
        groups::ensure_from(&mut link, partition, service, streams, &start).await?;
        (0..streams.len()).for_each(|stream| identity.subscribe(stream, true));
        Ok(())
    }

    /// Recovers from a failed pass of `role` as far as possible. Returns every other error, so that
    /// the role crashes and its supervisor decides.
    pub(crate) async fn recover_from(&self, role: &'static str, error: Error) -> Result<()> {
        let service = &*self.identity.service;
        if let Error::Redis(redis) = &error
            && redis.recovery() == Recovery::RecreateGroup
        {
            tracing::warn!(service, role, %error, "group is gone: creating it again");
            // An outage may follow meanwhile; the next pass tries again.
            return match self.ensure_groups().await {
                Err(error) if error.passes() => Ok(()),
                other => other,
            };
        }
        if error.passes() {
            // The server's availability is reported once, for all roles.
            tracing::debug!(service, role, %error, "redis is not available: trying again");
            return Ok(());
        }
        Err(error)
    }
}

/// Whole milliseconds of a duration.
pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
