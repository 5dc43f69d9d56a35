//! Leadership: work that one process at a time does.

use std::{fmt, sync::Arc, time::Duration};

use crate::{
    consumer::{Connection, Environment, millis, next_name},
    error::Result,
    scripts,
    server::Server,
};

/// A candidate for a leadership. A leadership that is not taken again expires.
#[derive(Clone)]
pub struct Leadership {
    environment: Arc<dyn Environment>,
    key: String,
    holder: Arc<str>,
    ttl: Duration,
}

impl Leadership {
    /// A candidate for the leadership at `key`, for `ttl` at a time, under a unique name that begins
    /// with `what`.
    pub fn new(server: Server, key: String, what: &str, ttl: Duration) -> Self {
        Self {
            environment: Arc::new(server),
            key,
            holder: next_name(what).into(),
            ttl,
        }
    }

    /// A consumer as a candidate for one task of its service in its partition.
    pub(crate) fn of_service(connection: &Connection, task: &str, ttl: Duration) -> Self {
        let identity = &connection.identity;
        Self {
            environment: connection.environment(),
            key: identity.partition.lead(&identity.service, task),
            holder: Arc::clone(&identity.consumer),
            ttl,
        }
    }

    /// Unique name of this candidate.
    pub fn holder(&self) -> &str {
        &self.holder
    }

    /// Takes or extends the leadership; returns whether this candidate leads.
    ///
    /// # Errors
    /// [`crate::Error`].
    pub async fn take(&self) -> Result<bool> {
        self.hold(millis(self.ttl)).await
    }

    /// Gives the leadership back, if this candidate leads.
    ///
    /// # Errors
    /// [`crate::Error`].
    pub async fn give_back(&self) -> Result<()> {
        self.hold(0).await.map(drop)
    }

    async fn hold(&self, ttl_ms: u64) -> Result<bool> {
        let call = scripts::TAKE_LEADERSHIP
            .call(&[&self.key])
            .arg(&*self.holder)
            .arg(ttl_ms);
        let reply = call.run(&mut self.environment.link()).await?;
        reply.is("LEADS", "FOLLOWS")
    }
}

impl fmt::Debug for Leadership {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Leadership")
            .field("key", &self.key)
            .field("holder", &self.holder)
            .finish_non_exhaustive()
    }
}
