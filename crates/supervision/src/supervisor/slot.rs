//! A supervisor's private view of one child.

use std::sync::Arc;

use ractor::ActorId;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use crate::exit::Exit;
use crate::record::NodeRecord;
use crate::run::Handle;
use crate::{ChildSpec, Pulse, StartError};

/// Identity of one run of one child. Reports of other runs are ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RunId {
    pub(super) slot: u64,
    pub(super) generation: u64,
}

/// Phase of a child:
///
/// ```text
///          launch            up            stop requested
///   Idle ---------> Starting ---> Running ---------------> Stopping
///    ^                 |             |                        |
///    +------- gone, to be restarted -+------------------------+
///   Down <--- gone for good (or until a sibling's restart includes it)
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Idle,
    Starting,
    Running,
    Stopping,
    Down,
}

pub(super) struct Slot {
    /// Ascending in start order and never reused.
    pub(super) id: u64,
    pub(super) spec: ChildSpec,
    pub(super) group: Option<u64>,
    /// Added at run time.
    pub(super) dynamic: bool,
    pub(super) record: Arc<NodeRecord>,
    pub(super) phase: Phase,
    /// **Invariant:** `Some` exactly while starting, running or stopping.
    pub(super) run: Option<Run>,
    /// Consecutive failures, see [`Backoff`](crate::Backoff).
    pub(super) failures: u32,
    /// Launched before by this run of the supervisor; the record also counts earlier ones.
    pub(super) launched: bool,
    /// Reason for the next launch, if it is a restart.
    pub(super) restart_reason: Option<String>,
    /// Replies for the removal of this child; `Some` means it is removed once gone.
    pub(super) removal: Option<Vec<oneshot::Sender<bool>>>,
}

/// The current run of a child.
pub(super) struct Run {
    pub(super) generation: u64,
    /// `None` when the launch itself failed.
    pub(super) handle: Option<Handle>,
    /// Task that waits for the end of the run and reports it.
    pub(super) monitor: Option<AbortHandle>,
    pub(super) pulse: Pulse,
    pub(super) up_since: Option<Instant>,
    pub(super) killed: bool,
    /// Exit reason set by the watchdog when it killed this run.
    pub(super) watchdog_reason: Option<String>,
    /// Exit reason reported by ractor. The run is over only when its monitor reports it.
    pub(super) exit: Option<Exit>,
}

impl Slot {
    pub(super) fn is_alive(&self) -> bool {
        self.run.is_some()
    }

    pub(super) fn run_id(&self) -> Option<RunId> {
        self.run.as_ref().map(|run| RunId {
            slot: self.id,
            generation: run.generation,
        })
    }
}

impl Run {
    pub(super) fn is_actor(&self, actor: ActorId) -> bool {
        let handle = self.handle.as_ref();
        handle.is_some_and(|handle| handle.cell.get_id() == actor)
    }

    pub(super) fn kill(&mut self) {
        self.killed = true;
        if let Some(handle) = &self.handle {
            handle.cell.kill();
        }
    }

    /// Returns the most specific exit reason known for this run.
    pub(super) fn exit_reason(&self, failure: Option<&StartError>) -> Exit {
        if let Some(reason) = &self.watchdog_reason {
            return Exit::Abnormal(reason.clone());
        }
        match (&self.exit, failure) {
            (Some(exit), _) => exit.clone(),
            (None, Some(StartError::Child { cause, .. })) => Exit::Abnormal(cause.clone()),
            (None, Some(error)) => Exit::Abnormal(error.to_string()),
            (None, None) => Exit::Abnormal("ended without a reason".to_owned()),
        }
    }
}
