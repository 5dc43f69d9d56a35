//! Maintenance: what keeps a consumer's keys in order and its state visible.

pub(crate) mod heartbeat;
pub(crate) mod janitor;
pub(crate) mod metrics_sampler;
pub(crate) mod scheduler;
