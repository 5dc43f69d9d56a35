//! Errors, one type per operation that reports them.

use crate::NodeState;

/// An invalid supervisor or child specification. `path` names the child.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SpecError {
    /// Two children of one supervisor have the same name.
    #[error("{path}: a sibling has the same name")]
    DuplicateName {
        /// Path of the second child.
        path: String,
    },
    /// A name is empty.
    #[error("a child of {supervisor:?} has an empty name")]
    EmptyName {
        /// Path of the supervisor, empty for the root.
        supervisor: String,
    },
    /// A name contains the path separator.
    #[error("{path}: a name must not contain '/'")]
    SlashInName {
        /// Path of the child.
        path: String,
    },
    /// A group has no members.
    #[error("{path}: a group needs at least one member")]
    EmptyGroup {
        /// Path of the group.
        path: String,
    },
    /// A watchdog is set on a supervisor or has a zero timeout.
    #[error("{path}: a watchdog needs a time above zero and an actor or task to watch")]
    Watchdog {
        /// Path of the child.
        path: String,
    },
}

/// Failure to start a tree or a child.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The specification is invalid; nothing was started.
    #[error("invalid specification: {0}")]
    Invalid(#[from] SpecError),
    /// A child failed to start; its earlier siblings were stopped again.
    #[error("{path} failed to start: {cause}")]
    Child {
        /// Path of the child below the root.
        path: String,
        /// Error message or panic message of the start.
        cause: String,
    },
    /// The supervisor ended, or the child was stopped, before the start was complete.
    #[error("{path} was stopped before it was up")]
    Interrupted {
        /// Path of the child or supervisor.
        path: String,
    },
}

/// A path that names no node of the tree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no child {missing:?} below {below:?}; there are: {}", .candidates.join(", "))]
pub struct UnknownPath {
    /// Name that was not found.
    pub missing: String,
    /// Path of the last node that was found, empty for the root.
    pub below: String,
    /// Names that exist at that level.
    pub candidates: Vec<String>,
}

/// Failure to inject a fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CrashError {
    /// The path names no child.
    #[error(transparent)]
    Unknown(#[from] UnknownPath),
    /// The child is not running.
    #[error("{path:?} is not running but {state:?}")]
    NotRunning {
        /// Path of the child.
        path: String,
        /// Its current state.
        state: NodeState,
    },
    /// [`Fault::Hang`](crate::Fault::Hang) is not supported for supervisors, which have no watchdog.
    #[error("{path:?} is a supervisor: use panic or kill")]
    SupervisorCannotHang {
        /// Path of the supervisor.
        path: String,
    },
}

/// Failure to add or remove a child at run time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChildError {
    /// The path names no supervisor or child.
    #[error(transparent)]
    Unknown(#[from] UnknownPath),
    /// Only supervisors can have children.
    #[error("{path:?} is not a supervisor")]
    NotASupervisor {
        /// Path of the node.
        path: String,
    },
    /// The supervisor is down or stopping.
    #[error("supervisor {path:?} is not running but {state:?}")]
    NotRunning {
        /// Path of the supervisor.
        path: String,
        /// Its current state.
        state: NodeState,
    },
    /// The root ends only by [`Tree::shutdown`](crate::Tree::shutdown).
    #[error("the root is not a child: shut the tree down instead")]
    Root,
    /// The new child failed to start and was removed.
    #[error(transparent)]
    Start(#[from] StartError),
}
