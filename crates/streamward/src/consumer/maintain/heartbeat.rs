//! The heartbeat: proves that this consumer lives, and retires it when it leaves.

use std::time::Duration;

use tokio::time::Instant;

use crate::{
    consumer::{
        connection::{Connection, millis},
        recover::reaper::Takeover,
        role::{Next, Role},
    },
    error::Result,
};

/// The heartbeat of one consumer.
pub(crate) struct Heartbeat {
    connection: Connection,
    /// For its own entries, when it leaves.
    takeover: Takeover,
    ttl: Duration,
    /// Time of the last beat.
    last: Option<Instant>,
}

impl Heartbeat {
    pub(crate) fn new(takeover: &Takeover, ttl: Duration) -> Self {
        Self {
            connection: takeover.connection.clone(),
            takeover: takeover.clone(),
            ttl,
            last: None,
        }
    }

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

    fn connection(&self) -> &Connection {
        &self.connection
    }

    fn every(&self) -> Duration {
        self.ttl / 3
    }

    async fn pass(&mut self) -> Result<Next> {
        self.notice_silence();
        self.write().await?;
        self.last = Some(Instant::now());
        Ok(Next::Tick)
    }

    /// Hands back everything that is still pending in its name: the heartbeat stops last.
    async fn leave(&mut self) -> Result<()> {
        let identity = &self.connection.identity;
        redis::cmd("DEL")
            .arg(identity.alive_key(&identity.consumer))
            .query_async::<()>(&mut self.connection.link())
            .await?;
        for stream in &identity.streams {
            let entries = self.takeover.run(stream, &identity.consumer).await?;
            if entries > 0 {
                tracing::info!(stream = &**stream, entries, "handed back");
            }
        }
        Ok(())
    }
}
