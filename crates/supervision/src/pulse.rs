//! The sign of life a child gives to the watchdog.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// Stands for "idle, do not watch me" in place of a time.
const RESTING: u64 = u64::MAX;

/// A child's handle to its watchdog; clones are the same pulse.
///
/// A child with [`ChildSpec::watchdog`](crate::ChildSpec::watchdog) is killed when its last beat
/// is too old. Each start gets a new pulse, and the start itself counts as the first beat.
#[derive(Debug, Clone)]
pub struct Pulse {
    born: Instant,
    /// Milliseconds after `born`, or [`RESTING`].
    last: Arc<AtomicU64>,
}

impl Default for Pulse {
    /// A pulse that nobody watches, until a supervisor hands it to a child.
    fn default() -> Self {
        Self {
            born: Instant::now(),
            last: Arc::new(AtomicU64::new(0)),
        }
    }
}

impl Pulse {
    /// "I am alive"; also ends a rest.
    pub fn beat(&self) {
        let age = u64::try_from(self.born.elapsed().as_millis()).unwrap_or(RESTING - 1);
        self.last.store(age, Ordering::Relaxed);
    }

    /// "I am idle": not watched until the next beat.
    pub fn rest(&self) {
        self.last.store(RESTING, Ordering::Relaxed);
    }

    /// How long the child has been silent, `None` while it rests.
    pub(crate) fn silent_for(&self, running_since: Instant) -> Option<Duration> {
        match self.last.load(Ordering::Relaxed) {
            RESTING => None,
            last => {
                let beat = self.born + Duration::from_millis(last);
                Some(Instant::now().saturating_duration_since(beat.max(running_since)))
            }
        }
    }
}
