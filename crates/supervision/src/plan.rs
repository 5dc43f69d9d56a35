//! Something a supervisor is in the middle of doing with some of its children.
//!
//! ```text
//!   restart:  Stopping --all gone--> Waiting --backoff over--> Starting --all up--> done
//!   start:                                                     Starting --all up--> done
//! ```
//!
//! Plans replace waiting: a supervisor looks after every report how far each plan can go, and
//! stays able to answer. **Invariant:** a child belongs to at most one plan.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::StartError;
use crate::births::Birth;

pub(crate) struct Plan {
    pub(crate) id: u64,
    pub(crate) origin: Origin,
    /// Slot ids, and therefore in start order.
    pub(crate) members: BTreeSet<u64>,
    pub(crate) stage: Stage,
    /// Backoff between the end of the last member and the start of the first.
    pub(crate) delay: Duration,
}

/// Decides what a failed start means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The supervisor's own start fails.
    Initial,
    /// The new children are given up.
    Dynamic,
    /// It is one more crash.
    Restart,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Stopping,
    Waiting,
    Starting,
}

/// The supervisor's own end: all children are stopped, then it exits.
pub(crate) struct Closing {
    pub(crate) outcome: Outcome,
    /// Answered when all children are gone.
    pub(crate) owed: Vec<(Birth, StartError)>,
}

pub(crate) enum Outcome {
    Stopped,
    /// An abnormal exit with this reason.
    Failed(String),
}
