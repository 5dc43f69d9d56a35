//! Leadership inside a service: work that one of its processes does at a time.

use std::time::Duration;

use crate::{
    consumer::connection::{Connection, millis},
    error::Result,
    leadership::hold_leadership,
};

/// Candidacy of a consumer for one task of its service in its partition.
pub(crate) struct Leadership {
    connection: Connection,
    key: String,
    ttl: Duration,
}

impl Leadership {
    pub(crate) fn new(connection: &Connection, task: &str, ttl: Duration) -> Self {
        let identity = &connection.identity;
        Self {
            key: identity.partition.lead(&identity.service, task),
            connection: connection.clone(),
            ttl,
        }
    }

    /// Takes or keeps the leadership. Returns whether this consumer has it.
    pub(crate) async fn take(&self) -> Result<bool> {
        self.hold(millis(self.ttl)).await
    }

    /// Gives the leadership back, if this consumer has it.
    pub(crate) async fn give_back(&self) -> Result<()> {
        self.hold(0).await.map(drop)
    }

    async fn hold(&self, ttl_ms: u64) -> Result<bool> {
        let holder = &self.connection.identity.consumer;
        hold_leadership(&mut self.connection.link(), &self.key, holder, ttl_ms).await
    }
}
