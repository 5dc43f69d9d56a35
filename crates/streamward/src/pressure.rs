//! The high-water mark: a producer is refused before its consumers drown.
//!
//! Nothing that somebody still needs is ever trimmed to make room, so room must be kept: when the
//! slowest group of a stream is further behind than the mark, new work is refused at the door, where
//! somebody can be told to come back later. What services write for each other is never refused.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use supervision::{BoxError, TaskContext};

use crate::{error::Result, inspect, runtime::Runtime};

/// How often the mark is read: a burst may overshoot it by as much as can be written meanwhile.
const TICK: Duration = Duration::from_millis(100);

/// Too much is waiting already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{backlog} entries are waiting already, at most {limit} may")]
pub struct Full {
    /// How far the slowest group is behind, in entries.
    pub backlog: u64,
    /// The mark.
    pub limit: u64,
}

/// The high-water mark of some streams. Clones share what they know.
#[derive(Clone, Debug)]
pub struct HighWater {
    runtime: Runtime,
    streams: Arc<[String]>,
    limit: u64,
    backlog: Arc<AtomicU64>,
}

impl HighWater {
    /// Refuses when a group is more than `limit` entries behind in one of `streams` (names, not
    /// keys), in any partition. Knows nothing until it was looked at the first time.
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

    /// How far the slowest group was behind at the last look.
    pub fn backlog(&self) -> u64 {
        self.backlog.load(Ordering::Relaxed)
    }

    /// Whether there is room for more.
    ///
    /// # Errors
    /// [`Full`] when there is none.
    pub fn check(&self) -> Result<(), Full> {
        let (backlog, limit) = (self.backlog(), self.limit);
        if backlog < limit {
            Ok(())
        } else {
            Err(Full { backlog, limit })
        }
    }

    /// Looks once; returns how far the slowest group is behind.
    ///
    /// # Errors
    /// [`crate::Error::Redis`].
    pub async fn run_once(&self) -> Result<u64> {
        let mut most = 0;
        for partition in self.runtime.partitions() {
            for name in self.streams.iter() {
                let mut link = self.runtime.server().link();
                let behind = inspect::backlog(&mut link, &partition.stream(name)).await?;
                most = most.max(behind);
            }
        }
        self.backlog.store(most, Ordering::Relaxed);
        Ok(most)
    }

    /// Keeps looking, as a supervised task.
    ///
    /// # Errors
    /// What Redis says that no patience mends.
    pub async fn watch(self, context: TaskContext) -> Result<(), BoxError> {
        let mut ticks = tokio::time::interval(TICK);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = context.stopping.cancelled() => return Ok(()),
            }
            context.pulse.beat();
            match self.run_once().await {
                Ok(_) => {}
                // While Redis is away nothing can be written anyway.
                Err(error) if error.is_transient() => {
                    tracing::debug!(%error, "the backlog is unknown");
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}
