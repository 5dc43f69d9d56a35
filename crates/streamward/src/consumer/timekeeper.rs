//! The timekeeper: promotes due jobs of the service's delay queue into its inbox.

use std::{sync::Arc, time::Duration};

use supervision::TaskContext;

use super::shared::Shared;
use crate::{clock, error::Result, scripts};

const TICK: Duration = Duration::from_millis(25);
const LARGEST_PROMOTION: usize = 100;

/// The timekeeper of one consumer.
pub(crate) struct Timekeeper {
    shared: Arc<Shared>,
}

impl Timekeeper {
    pub(crate) fn new(shared: &Arc<Shared>) -> Self {
        Self {
            shared: Arc::clone(shared),
        }
    }

    pub(crate) async fn run(self, context: TaskContext) -> Result<(), supervision::BoxError> {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = context.stopping.cancelled() => return Ok(()),
            }
            context.pulse.beat();
            match self.run_once().await {
                // More are due: go on at once, but let others run between the batches.
                Ok(LARGEST_PROMOTION) => ticks.reset_immediately(),
                Ok(_) => {}
                Err(error) => {
                    self.shared.mend("timekeeper", error).await?;
                    tokio::time::sleep(TICK * 4).await;
                }
            }
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
