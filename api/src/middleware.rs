//! Layers that every request passes, from the outside in.

pub(crate) mod admission;
pub(crate) mod background_tasks;
pub(crate) mod compression;
pub(crate) mod cors;
pub(crate) mod idempotency;
pub(crate) mod request_context;
pub(crate) mod trace_context;
