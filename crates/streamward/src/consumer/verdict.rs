//! What workers, intake and reclaimer tell the settler.

use std::time::Duration;

use super::lease::Lease;
use crate::{
    handler::{Delivery, Receipt},
    outcome::Cause,
};

/// What is to happen to an entry.
pub(crate) enum Verdict {
    /// Acknowledge; the worker is done with it.
    Done { lease: Lease, retried: bool },
    /// Acknowledge; nobody here wanted them.
    Skipped { stream: usize, ids: Vec<String> },
    /// The step script acknowledged it; its error history is to be forgotten.
    Forget(Receipt),
    /// Park until the delay is over.
    Retry {
        lease: Lease,
        attempt: u32,
        delay: Duration,
        cause: Cause,
    },
    /// Move to the dead letters. `last_attempt`: the cause is an error of its own to be recorded.
    Dead {
        lease: Lease,
        delivery: Delivery,
        cause: Cause,
        last_attempt: bool,
    },
    /// The handling ended without an outcome.
    Abandoned(Receipt),
}
