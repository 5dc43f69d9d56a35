//! What can go wrong, by the operation that reports it.

use crate::NodeState;

/// A supervisor or child description that cannot work. `path` names the child.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// Two children of one supervisor share a name.
    #[error("{path}: a sibling has the same name")]
    DuplicateName {
        /// The second one.
        path: String,
    },
    /// A name is empty.
    #[error("a child of {supervisor:?} has an empty name")]
    EmptyName {
        /// The supervisor, empty for the root.
        supervisor: String,
    },
    /// A name contains the path separator.
    #[error("{path}: a name must not contain '/'")]
    SlashInName {
        /// The child.
        path: String,
    },
    /// A group without members.
    #[error("{path}: a group needs at least one member")]
    EmptyGroup {
        /// The group.
        path: String,
    },
    /// A watchdog on a supervisor, or one with no patience at all.
    #[error("{path}: a watchdog needs a time above zero and an actor or task to watch")]
    Watchdog {
        /// The child.
        path: String,
    },
}

/// Why a tree or a child could not be started.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// The description is wrong; nothing was started.
    #[error("invalid specification: {0}")]
    Invalid(#[from] SpecError),
    /// A child failed to start; what had been started before it was stopped again.
    #[error("{path} failed to start: {cause}")]
    Child {
        /// The child below the root.
        path: String,
        /// What its start said.
        cause: String,
    },
    /// The supervisor ended, or the child was stopped, before the start was complete.
    #[error("{path} was stopped before it was up")]
    Interrupted {
        /// The child or supervisor.
        path: String,
    },
}

/// A path that leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no child {missing:?} below {below:?}; there are: {}", .candidates.join(", "))]
pub struct UnknownPath {
    /// The name that was not found.
    pub missing: String,
    /// Path of the last node that was found, empty for the root.
    pub below: String,
    /// The names there are at that level.
    pub candidates: Vec<String>,
}

/// Why a fault could not be simulated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CrashError {
    /// No such child.
    #[error(transparent)]
    Unknown(#[from] UnknownPath),
    /// The child is not up, so there is nothing to crash.
    #[error("{path:?} is not running but {state:?}")]
    NotRunning {
        /// The child.
        path: String,
        /// What it is doing instead.
        state: NodeState,
    },
    /// Supervisors can panic or be killed; a hanging one would be noticed by nobody.
    #[error("{path:?} is a supervisor: use panic or kill")]
    SupervisorCannotHang {
        /// The supervisor.
        path: String,
    },
}

/// Why a child could not be added or removed at run time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChildError {
    /// No such supervisor or child.
    #[error(transparent)]
    Unknown(#[from] UnknownPath),
    /// Children can be added to supervisors only.
    #[error("{path:?} is not a supervisor")]
    NotASupervisor {
        /// The node.
        path: String,
    },
    /// The supervisor is down or going down.
    #[error("supervisor {path:?} is not running but {state:?}")]
    NotRunning {
        /// The supervisor.
        path: String,
        /// What it is doing instead.
        state: NodeState,
    },
    /// The root ends by `Tree::shutdown` only.
    #[error("the root is not a child: shut the tree down instead")]
    Root,
    /// The new child could not be started and was not kept.
    #[error(transparent)]
    Start(#[from] StartError),
}
