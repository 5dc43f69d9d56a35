//! The high-water mark: new work is refused while consumers are too far behind.
//!
//! Entries that a group has not acknowledged are never trimmed to make room. Instead a producer of new
//! work is refused while the slowest group of a stream is further behind than the mark. Messages
//! between services are never refused.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use supervision::{BoxError, TaskContext};

use crate::{error::Result, inspect, outage::Pauses, runtime::Runtime};

/// Interval of the backlog reads; a burst may overshoot the mark by the writes of one interval.
const TICK: Duration = Duration::from_millis(100);
/// Interval while the backlog rests below half of the mark, which leaves room for a burst.
const IDLE_TICK: Duration = Duration::from_millis(500);

/// Refusal of new work: the backlog has reached the mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{backlog} entries are waiting already, at most {limit} may")]
pub struct HighWaterExceeded {
    /// Backlog of the slowest group, in entries.
    pub backlog: u64,
    /// The mark, in entries.
    pub limit: u64,
}

/// The high-water mark of some streams. Clones share the last known backlog.
#[derive(Clone, Debug)]
pub struct HighWaterMark {
    runtime: Runtime,
    streams: Arc<[String]>,
    limit: u64,
    backlog: Arc<AtomicU64>,
}

impl HighWaterMark {
    /// A mark of `limit` entries for the slowest group of `streams` (names, not keys) in any
    /// partition. The backlog counts as 0 until the first read.
    pub fn new<I, S>(runtime: Runtime, streams: I, limit: u64) -> Self
    where
        I: IntoIterator<Item = S>,
        S: Into<String>,
    {
        Self {
            runtime,
            streams: streams.into_iter().map(Into::into).collect(),
            limit,
            backlog: Arc::default(),
        }
    }

    /// Backlog of the slowest group at the last read, in entries.
    pub fn backlog(&self) -> u64 {
        self.backlog.load(Ordering::Relaxed)
    }

    /// Checks that the backlog is below the mark.
    ///
    /// # Errors
    /// [`HighWaterExceeded`] when it is not.
    pub fn check(&self) -> Result<(), HighWaterExceeded> {
        let (backlog, limit) = (self.backlog(), self.limit);
        if backlog < limit {
            Ok(())
        } else {
            Err(HighWaterExceeded { backlog, limit })
        }
    }

    /// Looks once; returns the backlog of the slowest group.
    ///
    /// # Errors
    /// [`crate::Error::Redis`].
    pub async fn run_once(&self) -> Result<u64> {
        let mut most = 0;
        for partition in self.runtime.partitions() {
            let keys = self.streams.iter().map(|name| partition.stream(name));
            let keys: Vec<String> = keys.collect();
            let mut link = self.runtime.server().link();
            most = most.max(inspect::backlog(&mut link, &keys).await?);
        }
        self.backlog.store(most, Ordering::Relaxed);
        Ok(most)
    }

    /// Looks again and again, as a supervised task.
    ///
    /// # Errors
    /// An error of Redis that waiting cannot cure.
    pub async fn watch(self, context: TaskContext) -> Result<(), BoxError> {
        let (mut pause, mut pauses) = (Duration::ZERO, Pauses::default());
        loop {
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = context.stopping.cancelled() => return Ok(()),
            }
            context.pulse.beat();
            pause = TICK;
            let before = self.backlog();
            match self.run_once().await {
                Ok(now) if now == before && now < self.limit / 2 => pause = IDLE_TICK,
                Ok(_) => {}
                // While Redis is away nothing can be written anyway.
                Err(error) if error.passes() => {
                    tracing::debug!(%error, "the backlog is unknown");
                    pause = pauses.next();
                    continue;
                }
                Err(error) => return Err(error.into()),
            }
            pauses.reset();
        }
    }
}
