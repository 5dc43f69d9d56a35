//! The janitor: keeps a service's keys in order.
//!
//! It trims streams up to what every group has settled, notes how far its own group has come, and
//! forgets error histories that nobody needs any more. One process of a service at a time does it.

use std::{sync::Arc, time::Duration};

use crate::consumer::{
    maintain::leadership::{self, Lead},
    role::{Next, Role},
    shared::{Shared, millis},
};
use crate::{clock, error::Result, scripts};

const TICK: Duration = Duration::from_secs(1);
/// A janitor that has gone is followed by another after this.
const LEAD: Duration = Duration::from_secs(10);
/// Error histories looked at per pass.
const LARGEST_SWEEP: usize = 100;

/// The janitor of one consumer.
pub(crate) struct Janitor {
    shared: Arc<Shared>,
    lead: Lead,
    /// Where the sweep over the error histories continues.
    cursor: String,
}

/// What one pass did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tidied {
    pub(crate) trimmed: usize,
    pub(crate) swept: usize,
}

impl Janitor {
    pub(crate) fn new(shared: &Arc<Shared>) -> Self {
        Self {
            shared: Arc::clone(shared),
            lead: leadership::of(shared, "janitor", LEAD),
            cursor: "0".to_owned(),
        }
    }

    /// One round, whoever leads.
    pub(crate) async fn run_once(&mut self) -> Result<Tidied> {
        for stream in &self.shared.streams {
            self.checkpoint(stream).await?;
        }
        Ok(Tidied {
            swept: self.sweep().await?,
            trimmed: self.trim().await?,
        })
    }

    /// Trims every stream this consumer reads or writes.
    async fn trim(&self) -> Result<usize> {
        let shared = &self.shared;
        let written = shared.options.writes.iter();
        let written = written.map(|name| (shared.partition.stream(name), ""));
        let read = shared.streams.iter();
        let read = read.map(|stream| (stream.to_string(), &*shared.group));
        let horizon = clock::now_ms().saturating_sub(millis(shared.options.retention));
        let mut trimmed = 0;
        for (stream, group) in written.chain(read) {
            let call = scripts::TRIM
                .call(&[stream])
                .arg(format!("{horizon}-0"))
                .arg(group);
            let mut reply = call.run(&mut shared.link()).await?;
            if reply.tag() != "TRIMMED" {
                return Err(reply.unexpected());
            }
            trimmed += reply.take::<usize>()?;
        }
        Ok(trimmed)
    }

    async fn checkpoint(&self, stream: &str) -> Result<()> {
        let shared = &self.shared;
        let checkpoints = shared.partition.checkpoints(shared.service());
        let reply = scripts::CHECKPOINT
            .call(&[stream, &checkpoints])
            .arg(&*shared.group)
            .run(&mut shared.link())
            .await?;
        match reply.tag() {
            "NOTED" | "NONE" => Ok(()),
            _ => Err(reply.unexpected()),
        }
    }

    async fn sweep(&mut self) -> Result<usize> {
        let shared = &self.shared;
        let attempts = shared.partition.attempts(shared.service());
        let mut keys: Vec<&str> = vec![&attempts];
        keys.extend(shared.streams.iter().map(|stream| &**stream));
        let mut reply = scripts::SWEEP
            .call(&keys)
            .arg(&*shared.group)
            .arg(&self.cursor)
            .arg(LARGEST_SWEEP)
            .run(&mut shared.link())
            .await?;
        if reply.tag() != "SWEPT" {
            return Err(reply.unexpected());
        }
        self.cursor = reply.take()?;
        reply.take()
    }
}

impl Role for Janitor {
    const NAME: &'static str = "janitor";

    fn shared(&self) -> &Shared {
        &self.shared
    }

    fn every(&self) -> Duration {
        TICK
    }

    async fn pass(&mut self) -> Result<Next> {
        if self.lead.take().await? {
            self.run_once().await?;
        }
        Ok(Next::Tick)
    }

    async fn leave(&mut self) -> Result<()> {
        self.lead.give_back().await
    }
}
