//! The heartbeat: says that this consumer lives, and retires it when it leaves.

use std::{sync::Arc, time::Duration};

use tokio::time::Instant;

use crate::consumer::{
    recover::reaper::{Reaped, reap},
    role::{Next, Role},
    shared::Shared,
};
use crate::error::Result;

/// The heartbeat of one consumer.
pub(crate) struct Heartbeat {
    shared: Arc<Shared>,
    /// When the last sign of life was given.
    last: Option<Instant>,
}

impl Heartbeat {
    pub(crate) fn new(shared: &Arc<Shared>) -> Self {
        Self {
            shared: Arc::clone(shared),
            last: None,
        }
    }

    /// A process that was frozen, or cut off, for longer than its time to live was believed dead.
    fn notice_silence(&self) {
        let silence = self.last.map(|last| last.elapsed()).unwrap_or_default();
        if silence > self.shared.options.heartbeat {
            tracing::warn!(
                service = self.shared.service(),
                ?silence,
                "was silent for longer than its time to live: what it held may be handled elsewhere, \
                 and then what it still does about it changes nothing"
            );
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
        self.notice_silence();
        self.shared.write_heartbeat().await?;
        self.last = Some(Instant::now());
        Ok(Next::Tick)
    }

    /// It is stopped last: whatever is still pending in its name is handed back.
    async fn leave(&mut self) -> Result<()> {
        self.retire().await
    }
}
