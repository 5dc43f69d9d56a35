//! What a child is given at each start.

use tokio_util::sync::CancellationToken;

use crate::Pulse;

/// The error a task may end with.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What an actor's maker is given at each start.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ChildContext {
    /// The child's name within its supervisor, `worker-2` for a member of the group `worker`.
    pub name: String,
    /// The sign of life for this run.
    pub pulse: Pulse,
    /// How often this child was started before: 0 for the first run.
    pub generation: u64,
}

/// What a task is given at each start.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct TaskContext {
    /// Cancelled when the task should end; ignoring it past the deadline means being aborted.
    pub stopping: CancellationToken,
    /// The sign of life for this run.
    pub pulse: Pulse,
    /// The child's name within its supervisor.
    pub name: String,
    /// How often this child was started before: 0 for the first run.
    pub generation: u64,
}
