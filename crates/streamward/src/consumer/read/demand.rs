//! Streams that a consumer receives only while there is demand for them.
//!
//! While there is none the service has no group on them: nothing is delivered to it, and the streams
//! are trimmed without it. With demand the group starts at the moment since when there is demand, so
//! that the second between its beginning and its discovery loses nothing.

use std::{fmt, pin::Pin, sync::Arc, time::Duration};

use tokio::time::Instant;

use crate::{
    consumer::{connection::Connection, role::Role},
    error::Result,
    keys::Partition,
    scripts,
};

const TICK: Duration = Duration::from_secs(1);
/// Interval at which groups without demand are looked for: another process may have left some.
const IDLE_INTERVAL: Duration = Duration::from_secs(30);

/// Decides whether a consumer receives the streams of
/// [`Consumer::reads_on_demand`](crate::Consumer::reads_on_demand).
pub trait Demand: fmt::Debug + Send + Sync + 'static {
    /// Unix milliseconds since when entries of `partition` are wanted; `None` while they are not.
    /// Polled once a second.
    fn since_ms<'a>(
        &'a self,
        partition: &'a Partition,
    ) -> Pin<Box<dyn Future<Output = Result<Option<u64>>> + Send + 'a>>;
}

/// Creates and drops the groups of one consumer on its streams on demand.
pub(crate) struct DemandWatch {
    pub(crate) connection: Connection,
    pub(crate) demand: Arc<dyn Demand>,
    /// When groups are looked for that no demand needs; none while there is demand.
    pub(crate) next_drop: Option<Instant>,
}

impl DemandWatch {
    /// Drops the groups in which nothing is pending. Returns whether none is left.
    async fn drop_groups(&self) -> Result<bool> {
        let identity = &self.connection.identity;
        let checkpoints = identity.partition.checkpoints(&identity.service);
        let mut all = true;
        for (number, stream) in identity.on_demand().iter().enumerate() {
            let reply = scripts::DROP_GROUP
                .call(&[&**stream, &checkpoints])
                .arg(&*identity.service)
                .run(&mut self.connection.link())
                .await?;
            let is_left = match reply.tag() {
                "DROPPED" | "NONE" => false,
                // The reclaimer handles what is pending.
                "PENDING" => true,
                _ => return Err(reply.unexpected()),
            };
            identity.subscribe(number, is_left);
            all &= !is_left;
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
        let now = Instant::now();
        match self.demand.since_ms(&identity.partition).await? {
            Some(since) => {
                if !identity.is_wanted() {
                    self.connection.ensure_on_demand(since).await?;
                }
                identity.want_since(since);
                self.next_drop = None;
                Ok(1)
            }
            None => {
                identity.want_since(0);
                // The read that waits in Redis ends before its groups go.
                let due = *self.next_drop.get_or_insert(now + TICK);
                if due <= now {
                    let all = self.drop_groups().await?;
                    self.next_drop = Some(now + if all { IDLE_INTERVAL } else { TICK });
                }
                Ok(0)
            }
        }
    }
}
