//! The heartbeat: says that this consumer lives, and retires it when it leaves.

use std::{sync::Arc, time::Duration};

use super::{
    reaper::{Reaped, reap},
    role::{Next, Role},
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

impl Role for Heartbeat {
    const NAME: &'static str = "heartbeat";

    fn shared(&self) -> &Shared {
        &self.shared
    }

    fn every(&self) -> Duration {
        self.shared.options.heartbeat / 3
    }

    async fn pass(&mut self) -> Result<Next> {
        self.shared.say_alive().await?;
        Ok(Next::Tick)
    }

    /// It is stopped last: whatever is still pending in its name is handed back.
    async fn leave(&mut self) -> Result<()> {
        self.retire().await
    }
}
