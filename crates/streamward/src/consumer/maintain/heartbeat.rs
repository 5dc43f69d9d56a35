//! The heartbeat: proves that this consumer lives, and retires it when it leaves.

use std::time::Duration;

use tokio::time::Instant;

use crate::{
    consumer::{
        connection::{Connection, millis},
        recover::reaper::Takeover,
        role::Role,
    },
    error::Result,
};

/// The heartbeat of one consumer.
pub(crate) struct Heartbeat {
    pub(crate) connection: Connection,
    /// For its own entries, when it leaves.
    pub(crate) takeover: Takeover,
    pub(crate) ttl: Duration,
    /// Time of the last beat.
    pub(crate) last: Option<Instant>,
}

impl Heartbeat {
    /// Writes the heartbeat key. Other processes take this consumer's entries when it expires.
    pub(crate) async fn write(&self) -> Result<()> {
        let identity = &self.connection.identity;
        let mut set = redis::cmd("SET");
        set.arg(identity.alive_key(&identity.consumer))
            .arg(identity.since_ms)
            .arg("PX")
            .arg(millis(self.ttl));
        Ok(set.query_async(&mut self.connection.link()).await?)
    }

    /// Warns when this process was frozen, or cut off, for longer than its time to live.
    fn notice_silence(&self) {
        let silence = self.last.map(|last| last.elapsed()).unwrap_or_default();
        if silence > self.ttl {
            tracing::warn!(
                service = &*self.connection.identity.service,
                ?silence,
                "no heartbeat for longer than its time to live: its entries may be handled elsewhere, \
                 and then nothing that is still done here changes them"
            );
        }
    }
}

impl Role for Heartbeat {
    const NAME: &'static str = "heartbeat";

    fn every(&self) -> Duration {
        self.ttl / 3
    }

    async fn run_once(&mut self) -> Result<usize> {
        self.notice_silence();
        self.write().await?;
        self.last = Some(Instant::now());
        Ok(1)
    }

    /// Hands back everything that is still pending in its name: the heartbeat stops last.
    async fn leave(&mut self) -> Result<()> {
        let identity = &self.connection.identity;
        redis::cmd("DEL")
            .arg(identity.alive_key(&identity.consumer))
            .query_async::<()>(&mut self.connection.link())
            .await?;
        for (_, stream) in identity.subscribed() {
            let entries = self.takeover.run(stream, &identity.consumer).await?;
            if entries > 0 {
                tracing::info!(stream = &**stream, entries, "handed back");
            }
        }
        Ok(())
    }
}
