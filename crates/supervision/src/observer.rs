//! The hook for metrics.

/// Is told about restarts and escalations, for metrics. Called inside the supervisor, so it must
/// be quick and must not panic.
pub trait Observer: Send + Sync + 'static {
    /// The child at `path` is being started again, because of `reason`.
    fn restarted(&self, path: &str, reason: &str);

    /// The supervisor at `path` exceeded its intensity and gives up.
    fn escalated(&self, path: &str, reason: &str);
}
