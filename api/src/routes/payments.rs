//! Routes that the payment provider calls.

pub(crate) mod provider_callback;
mod provider_event;
