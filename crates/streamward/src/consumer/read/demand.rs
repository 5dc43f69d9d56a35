//! Streams that a consumer receives only while there is demand for them.
//!
//! While there is none the service has no group on them: nothing is delivered to it, and the streams
//! are trimmed without it. With demand the group starts at the moment since when there is demand, so
//! that the second between its beginning and its discovery loses nothing.

use std::{fmt, pin::Pin, sync::Arc, time::Duration};

use crate::{
    consumer::{connection::Connection, role::Role},
    error::Result,
    keys::Partition,
    scripts,
};

const TICK: Duration = Duration::from_secs(1);

/// Decides whether a consumer receives the streams of
/// [`Consumer::reads_on_demand`](crate::Consumer::reads_on_demand).
pub trait Demand: fmt::Debug + Send + Sync + 'static {
    /// Unix milliseconds since when entries of `partition` are wanted; `None` while they are not.
    /// Called once a second.
    fn since_ms<'a>(
        &'a self,
        partition: &'a Partition,
    ) -> Pin<Box<dyn Future<Output = Result<Option<u64>>> + Send + 'a>>;
}

/// Creates and drops the groups of one consumer on its streams on demand.
pub(crate) struct DemandWatch {
    pub(crate) connection: Connection,
    pub(crate) demand: Arc<dyn Demand>,
    /// Whether groups may be left from the last demand.
    pub(crate) dropped: bool,
}

impl DemandWatch {
    /// Drops the groups in which nothing is pending. Returns whether none is left.
    async fn drop_groups(&self) -> Result<bool> {
        let identity = &self.connection.identity;
        let checkpoints = identity.partition.checkpoints(&identity.service);
        let mut all = true;
        for stream in identity.on_demand() {
            let reply = scripts::DROP_GROUP
                .call(&[&**stream, &checkpoints])
                .arg(&*identity.service)
                .run(&mut self.connection.link())
                .await?;
            match reply.tag() {
                "DROPPED" | "NONE" => {}
                "PENDING" => all = false,
                _ => return Err(reply.unexpected()),
            }
        }
        Ok(all)
    }
}

impl Role for DemandWatch {
    const NAME: &'static str = "demand-watch";

    fn every(&self) -> Duration {
        TICK
    }

    /// Follows the demand. Returns 1 while there is some.
    async fn run_once(&mut self) -> Result<usize> {
        let identity = &self.connection.identity;
        match self.demand.since_ms(&identity.partition).await? {
            Some(since) => {
                if !identity.is_wanted() {
                    self.connection.ensure_on_demand(since).await?;
                }
                identity.want_since(since);
                self.dropped = false;
                Ok(1)
            }
            None => {
                // The read that waits in Redis ends before its groups go.
                let was_wanted = identity.is_wanted();
                identity.want_since(0);
                if !was_wanted && !self.dropped {
                    self.dropped = self.drop_groups().await?;
                }
                Ok(0)
            }
        }
    }
}
