//! Snapshot of a tree.

use serde::Serialize;

/// A child, or the root, at the moment of [`Tree::snapshot`](crate::Tree::snapshot).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema), schema(as = TreeNode))]
pub struct Node {
    /// Name within the supervisor.
    pub name: String,
    /// Kind of the child.
    pub kind: NodeKind,
    /// Life-cycle state.
    pub state: NodeState,
    /// Number of restarts by its supervisor.
    pub restarts: u32,
    /// Exit reason of the last run, `None` during the first one.
    pub last_exit: Option<String>,
    /// Start time of the current or last run: RFC 3339, UTC, milliseconds.
    #[cfg_attr(feature = "utoipa", schema(format = DateTime))]
    pub started_at: Option<String>,
    /// Milliseconds since the last beat of its [`Pulse`](crate::Pulse); `None` unless it is running,
    /// has a watchdog and is not resting.
    pub silent_ms: Option<u64>,
    /// Children in start order.
    #[cfg_attr(feature = "utoipa", schema(no_recursion))]
    pub children: Vec<Self>,
}

impl Node {
    /// Returns the node below this one at `path`, names joined by `/`; the empty path is this node.
    #[must_use]
    pub fn at(&self, path: &str) -> Option<&Self> {
        path.split('/')
            .filter(|name| !name.is_empty())
            .try_fold(self, |node, name| {
                node.children.iter().find(|child| child.name == name)
            })
    }
}

/// Kind of a [`Node`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub enum NodeKind {
    /// A supervisor with its own children.
    Supervisor,
    /// An actor.
    Actor,
    /// An async function run as a task.
    Task,
}

/// Life-cycle state of a [`Node`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub enum NodeState {
    /// The child is starting, or waits for an earlier sibling to start.
    Starting,
    /// The start is complete.
    Running,
    /// The child is down and will be restarted.
    Backoff,
    /// The child is shutting down.
    Stopping,
    /// The child exited normally or on request and will not be restarted.
    Stopped,
    /// The child exited abnormally and will not be restarted by this supervisor.
    Failed,
}
