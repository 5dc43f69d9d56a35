//! The janitor: keeps a service's keys in order.
//!
//! Trims streams up to the entries that every group has settled, saves the checkpoints of its own
//! group, and sweeps error histories that are no longer needed. At most one process of a service is
//! the janitor.

use std::time::Duration;

use futures_util::future::try_join_all;

use crate::{
    consumer::{
        connection::{Connection, millis},
        role::Role,
    },
    error::Result,
    leadership::Leadership,
    scripts,
};

const TICK: Duration = Duration::from_secs(1);
/// Interval after a round that found nothing changed.
const IDLE_TICK: Duration = Duration::from_secs(5);
/// Time after which another process follows a janitor that has died.
const LEADERSHIP: Duration = Duration::from_secs(10);
/// Error histories looked at per pass.
const LARGEST_SWEEP: usize = 100;

/// The janitor of one consumer.
pub(crate) struct Janitor {
    connection: Connection,
    leadership: Leadership,
    /// Keys of the streams the service writes.
    writes: Vec<String>,
    retention: Duration,
    /// Position of the sweep over the error histories.
    cursor: String,
    /// Checkpoints of the last round.
    checkpoints: Vec<Option<String>>,
    idle: bool,
}

impl Janitor {
    pub(crate) fn new(connection: &Connection, writes: &[String], retention: Duration) -> Self {
        let partition = &connection.identity.partition;
        Self {
            leadership: Leadership::of_service(connection, "janitor", LEADERSHIP),
            writes: writes.iter().map(|name| partition.stream(name)).collect(),
            connection: connection.clone(),
            retention,
            cursor: "0".to_owned(),
            checkpoints: Vec::new(),
            idle: false,
        }
    }

    /// Does one round, with or without the leadership. Returns how many entries it trimmed.
    pub(crate) async fn tidy(&mut self) -> Result<usize> {
        let streams = self.connection.identity.streams.iter();
        let checkpoints = try_join_all(streams.map(|stream| self.checkpoint(stream))).await?;
        self.sweep().await?;
        let trimmed = self.trim().await?;
        self.idle = trimmed == 0 && checkpoints == self.checkpoints && self.cursor == "0";
        self.checkpoints = checkpoints;
        Ok(trimmed)
    }

    /// Trims every stream this consumer reads or writes.
    async fn trim(&self) -> Result<usize> {
        let identity = &self.connection.identity;
        let written = self.writes.iter().map(|stream| (&**stream, ""));
        let read = identity.streams.iter();
        let read = read.map(|stream| (&**stream, &*identity.service));
        let now = self.connection.now_ms();
        let horizon = now.saturating_sub(millis(self.retention));
        let trims = written.chain(read).map(|(stream, group)| async move {
            let call = scripts::TRIM_STREAM
                .call(&[stream])
                .arg(format!("{horizon}-0"))
                .arg(group);
            let reply = call.run(&mut self.connection.link()).await?;
            reply.tagged("TRIMMED")?.take::<usize>()
        });
        Ok(try_join_all(trims).await?.into_iter().sum())
    }

    /// Saves the group's position on a stream, and returns it.
    async fn checkpoint(&self, stream: &str) -> Result<Option<String>> {
        let identity = &self.connection.identity;
        let checkpoints = identity.partition.checkpoints(&identity.service);
        let mut reply = scripts::SAVE_CHECKPOINT
            .call(&[stream, &checkpoints])
            .arg(&*identity.service)
            .run(&mut self.connection.link())
            .await?;
        match reply.tag() {
            "NOTED" => reply.take().map(Some),
            "NONE" => Ok(None),
            _ => Err(reply.unexpected()),
        }
    }

    async fn sweep(&mut self) -> Result<()> {
        let identity = &self.connection.identity;
        let attempts = identity.attempts_key();
        let mut keys: Vec<&str> = vec![&attempts];
        keys.extend(identity.streams.iter().map(|stream| &**stream));
        let mut reply = scripts::SWEEP_ATTEMPTS
            .call(&keys)
            .arg(&*identity.service)
            .arg(&self.cursor)
            .arg(LARGEST_SWEEP)
            .run(&mut self.connection.link())
            .await?
            .tagged("SWEPT")?;
        self.cursor = reply.take()?;
        Ok(())
    }
}

impl Role for Janitor {
    const NAME: &'static str = "janitor";

    fn every(&self) -> Duration {
        if self.idle { IDLE_TICK } else { TICK }
    }

    async fn run_once(&mut self) -> Result<usize> {
        self.idle = false;
        if self.leadership.take().await? {
            self.tidy().await
        } else {
            self.idle = true;
            Ok(0)
        }
    }

    async fn leave(&mut self) -> Result<()> {
        self.leadership.give_back().await
    }
}
