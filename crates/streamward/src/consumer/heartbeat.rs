//! The heartbeat: says that this consumer lives, and retires it when it leaves.

use std::sync::Arc;

use supervision::TaskContext;

use super::{
    reaper::{Reaped, reap},
    shared::Shared,
};
use crate::error::Result;

/// The heartbeat of one consumer.
pub(crate) struct Heartbeat {
    shared: Arc<Shared>,
}

impl Heartbeat {
    pub(crate) fn new(shared: &Arc<Shared>) -> Self {
        Self {
            shared: Arc::clone(shared),
        }
    }

    pub(crate) async fn run(self, context: TaskContext) -> Result<(), supervision::BoxError> {
        let mut ticks = tokio::time::interval(self.shared.options.heartbeat / 3);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = context.stopping.cancelled() => break,
            }
            context.pulse.beat();
            if let Err(error) = self.shared.say_alive().await {
                self.shared.mend("heartbeat", error).await?;
            }
        }
        // It is stopped last: whatever is still pending in its name is handed back.
        Ok(self.retire().await?)
    }

    async fn retire(&self) -> Result<()> {
        let shared = &self.shared;
        let alive = shared.partition.alive(shared.service(), &shared.consumer);
        redis::cmd("DEL")
            .arg(alive)
            .query_async::<()>(&mut shared.link())
            .await?;
        for stream in &shared.streams {
            while let Reaped::Taken(entries) = reap(shared, stream, &shared.consumer).await? {
                tracing::info!(stream = &**stream, entries, "handed back");
            }
        }
        Ok(())
    }
}
