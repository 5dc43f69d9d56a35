//! The scheduler: promotes due jobs of the service's delay queue into its inbox.

use std::time::Duration;

use crate::{
    clock,
    consumer::{connection::Connection, role::Role},
    error::Result,
    scripts,
};

/// Granularity of due times.
const TICK: Duration = Duration::from_millis(25);
/// Interval while nothing falls due sooner: other processes add jobs, too.
const IDLE_INTERVAL: Duration = Duration::from_millis(250);
const LARGEST_PROMOTION: usize = 100;

/// The scheduler of one consumer.
pub(crate) struct Scheduler {
    pub(crate) connection: Connection,
    /// Time until the next job is due, at the last look.
    pub(crate) wait: Duration,
}

impl Role for Scheduler {
    const NAME: &'static str = "scheduler";
    const BOUND: usize = LARGEST_PROMOTION;

    fn every(&self) -> Duration {
        self.wait.clamp(TICK, IDLE_INTERVAL)
    }

    /// Promotes one bounded batch. Returns how many jobs it held.
    async fn run_once(&mut self) -> Result<usize> {
        let identity = &self.connection.identity;
        let (partition, service) = (&identity.partition, &*identity.service);
        let keys = [
            partition.delayed(service),
            partition.delayed_data(service),
            partition.inbox(service),
            identity.attempts_key(),
        ];
        let mut reply = scripts::PROMOTE_JOBS
            .call(&keys)
            .arg(LARGEST_PROMOTION)
            .arg(clock::rfc3339(self.connection.now_ms()))
            .run(&mut self.connection.link())
            .await?
            .tagged("PROMOTED")?;
        let (promoted, late): (usize, f64) = (reply.take()?, reply.take()?);
        let wait: i64 = reply.take()?;
        self.wait = u64::try_from(wait).map_or(IDLE_INTERVAL, Duration::from_millis);
        if promoted > 0 {
            identity.metrics.promoted.increment(promoted as u64);
            identity.metrics.lateness.set(late);
        }
        Ok(promoted)
    }
}
