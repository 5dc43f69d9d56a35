//! Context passed to a child at each start: its identity, its pulse and its stop signal.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Error type of a task.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Context of one run of an actor.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ChildContext {
    /// Name within the supervisor, `worker-2` for a member of the group `worker`.
    pub name: String,
    /// Pulse of this run.
    pub pulse: Pulse,
    /// Number of earlier starts of this child: 0 for the first run.
    pub generation: u64,
}

/// Context of one run of a task.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TaskContext {
    /// Cancelled to stop the task; past the shutdown deadline the task is aborted.
    pub stopping: CancellationToken,
    /// Pulse of this run.
    pub pulse: Pulse,
    /// Name within the supervisor.
    pub name: String,
    /// Number of earlier starts of this child: 0 for the first run.
    pub generation: u64,
}

/// Stands for "resting" in place of a time.
const RESTING: u64 = u64::MAX;

/// A child's heartbeat for its watchdog; clones share the same pulse.
///
/// A child with [`ChildSpec::watchdog`](crate::ChildSpec::watchdog) is killed when its last beat is
/// too old. Each run gets a new pulse, and the completed start counts as the first beat.
#[derive(Debug, Clone)]
pub struct Pulse {
    created: Instant,
    /// Milliseconds after `created`, or [`RESTING`].
    last: Arc<AtomicU64>,
}

impl Default for Pulse {
    /// Returns a pulse without a watchdog.
    fn default() -> Self {
        Self {
            created: Instant::now(),
            last: Arc::new(AtomicU64::new(0)),
        }
    }
}

impl Pulse {
    /// Records a sign of life and ends a rest.
    pub fn beat(&self) {
        let age = u64::try_from(self.created.elapsed().as_millis()).unwrap_or(RESTING - 1);
        self.last.store(age, Ordering::Relaxed);
    }

    /// Suspends the watchdog until the next beat, for a child that is idle.
    pub fn rest(&self) {
        self.last.store(RESTING, Ordering::Relaxed);
    }

    /// Returns the time since the last beat, `None` while resting.
    pub(crate) fn silent_for(&self, running_since: Instant) -> Option<Duration> {
        match self.last.load(Ordering::Relaxed) {
            RESTING => None,
            last => {
                let beat = self.created + Duration::from_millis(last);
                Some(Instant::now().saturating_duration_since(beat.max(running_since)))
            }
        }
    }
}
