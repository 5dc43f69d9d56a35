//! The tree as one can look at it.

use serde::Serialize;

/// One child, or the root, as it was at the moment of [`Tree::snapshot`](crate::Tree::snapshot).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Node {
    /// Name within the supervisor.
    pub name: String,
    /// What runs there.
    pub kind: NodeKind,
    /// Where in its life it is.
    pub state: NodeState,
    /// How often its supervisor started it again.
    pub restarts: u32,
    /// Why the last run ended, `None` while the first one lasts.
    pub last_exit: Option<String>,
    /// When the current or last run was up: RFC 3339, UTC, milliseconds.
    pub started_at: Option<String>,
    /// Milliseconds since its last sign of life; `None` unless it runs, has a watchdog and does not
    /// rest. See [`Pulse`](crate::Pulse).
    pub silent_ms: Option<u64>,
    /// The children in start order.
    pub children: Vec<Self>,
}

impl Node {
    /// The node below this one at `path`, names joined by `/`; the empty path is this node.
    #[must_use]
    pub fn at(&self, path: &str) -> Option<&Self> {
        path.split('/')
            .filter(|name| !name.is_empty())
            .try_fold(self, |node, name| {
                node.children.iter().find(|child| child.name == name)
            })
    }
}

/// What runs at a [`Node`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum NodeKind {
    /// A supervisor with children of its own.
    Supervisor,
    /// An actor.
    Actor,
    /// A loop run as a task.
    Task,
}

/// Where in its life a [`Node`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum NodeState {
    /// Being started, or waiting for an earlier sibling to be up.
    Starting,
    /// Up.
    Running,
    /// Down, to be started again.
    Backoff,
    /// Asked to end.
    Stopping,
    /// Ended normally or as asked, and not to be started again.
    Stopped,
    /// Ended abnormally, and not to be started again by this supervisor.
    Failed,
}
