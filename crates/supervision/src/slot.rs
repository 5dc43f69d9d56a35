//! A supervisor's private view of one child.

use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use crate::entry::Entry;
use crate::exit::Exit;
use crate::launch::Handle;
use crate::{ChildSpec, Pulse, StartError};

/// One run of one child. Reports of other runs are ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) slot: u64,
    pub(crate) generation: u64,
}

/// ```text
///          launch            up            asked to end
///   Idle ---------> Starting ---> Running ------------> Stopping
///    ^                 |             |                     |
///    +---- gone, to be started again +---------------------+
///   Down <---- gone for good (or until a sibling's restart takes it along)
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Idle,
    Starting,
    Running,
    Stopping,
    Down,
}

pub(crate) struct Slot {
    /// Grows in start order and is never used again.
    pub(crate) id: u64,
    pub(crate) spec: ChildSpec,
    pub(crate) group: Option<u64>,
    /// Added at run time.
    pub(crate) dynamic: bool,
    pub(crate) entry: Arc<Entry>,
    pub(crate) phase: Phase,
    /// **Invariant:** `Some` exactly while starting, running or stopping.
    pub(crate) live: Option<Live>,
    /// Failures in a row, see [`Backoff`](crate::Backoff).
    pub(crate) failures: u32,
    /// Launched before by this run of the supervisor; the entry also knows earlier ones.
    pub(crate) launched: bool,
    /// Why the next launch is a restart.
    pub(crate) because: Option<String>,
    /// To be removed once gone, and who is waiting for that.
    pub(crate) leaving: Option<Vec<oneshot::Sender<bool>>>,
}

pub(crate) struct Live {
    pub(crate) generation: u64,
    /// `None` when the launch itself failed.
    pub(crate) handle: Option<Handle>,
    /// Waits for the end of the run and reports it.
    pub(crate) minder: Option<AbortHandle>,
    pub(crate) pulse: Pulse,
    pub(crate) up_since: Option<Instant>,
    pub(crate) killed: bool,
    /// What the watchdog found, when it ended this run.
    pub(crate) verdict: Option<String>,
    /// What ractor reported. The run is over only when its minder says so.
    pub(crate) exit: Option<Exit>,
}

impl Slot {
    pub(crate) fn is_alive(&self) -> bool {
        self.live.is_some()
    }

    pub(crate) fn key(&self) -> Option<Key> {
        self.live.as_ref().map(|live| Key {
            slot: self.id,
            generation: live.generation,
        })
    }

    /// Makes the next launch count as a restart, unless it is the first one.
    pub(crate) fn restart_because(&mut self, reason: String) {
        if self.launched {
            self.because = Some(reason);
        }
    }
}

impl Live {
    pub(crate) fn kill(&mut self) {
        self.killed = true;
        if let Some(handle) = &self.handle {
            handle.cell.kill();
        }
    }

    /// The best words there are for the end of this run.
    pub(crate) fn how_it_ended(&self, failure: Option<&StartError>) -> Exit {
        if let Some(verdict) = &self.verdict {
            return Exit::Abnormal(verdict.clone());
        }
        match (&self.exit, failure) {
            (Some(exit), _) => exit.clone(),
            (None, Some(StartError::Child { cause, .. })) => Exit::Abnormal(cause.clone()),
            (None, Some(error)) => Exit::Abnormal(error.to_string()),
            (None, None) => Exit::Abnormal("ended without a word".to_owned()),
        }
    }
}
