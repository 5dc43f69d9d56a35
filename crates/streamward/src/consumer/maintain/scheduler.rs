//! The timekeeper: promotes due jobs of the service's delay queue into its inbox.

use std::{sync::Arc, time::Duration};

use crate::consumer::{
    role::{Next, Role},
    shared::Shared,
};
use crate::{clock, error::Result, scripts};

const TICK: Duration = Duration::from_millis(25);
const LARGEST_PROMOTION: usize = 100;

/// The timekeeper of one consumer.
pub(crate) struct Scheduler {
    shared: Arc<Shared>,
}

impl Scheduler {
    pub(crate) fn new(shared: &Arc<Shared>) -> Self {
        Self {
            shared: Arc::clone(shared),
        }
    }

    /// Promotes one bounded batch and says how many jobs it held.
    pub(crate) async fn run_once(&self) -> Result<usize> {
        let (shared, service) = (&self.shared, self.shared.service());
        let partition = &shared.partition;
        let keys = [
            partition.delayed(service),
            partition.delayed_data(service),
            partition.inbox(service),
            partition.attempts(service),
        ];
        let mut reply = scripts::PROMOTE
            .call(&keys)
            .arg(LARGEST_PROMOTION)
            .arg(clock::now_rfc3339())
            .run(&mut shared.link())
            .await?;
        if reply.tag() != "PROMOTED" {
            return Err(reply.unexpected());
        }
        let (promoted, late): (usize, f64) = (reply.take()?, reply.take()?);
        if promoted > 0 {
            shared.metrics.promoted.increment(promoted as u64);
            shared.metrics.lateness.set(late);
        }
        Ok(promoted)
    }
}

impl Role for Scheduler {
    const NAME: &'static str = "scheduler";

    fn shared(&self) -> &Shared {
        &self.shared
    }

    fn every(&self) -> Duration {
        TICK
    }

    async fn pass(&mut self) -> Result<Next> {
        match self.run_once().await? {
            LARGEST_PROMOTION => Ok(Next::Now),
            _ => Ok(Next::Tick),
        }
    }
}
