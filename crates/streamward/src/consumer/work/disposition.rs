//! What workers, intake and reclaimer tell the settler.

use std::time::Duration;

use crate::consumer::work::lease::Lease;
use crate::{
    handler::{Delivery, Receipt},
    outcome::Cause,
};

/// What is to happen to an entry.
pub(crate) enum Disposition {
    /// Acknowledge; the worker is done with it.
    Done(Lease),
    /// Acknowledge; nobody here wanted them.
    Skipped { stream: usize, ids: Vec<String> },
    /// The step script acknowledged it; its error history is to be forgotten.
    Forget(Receipt),
    /// Put aside until the delay is over.
    Retry {
        lease: Lease,
        attempt: u32,
        delay: Duration,
        cause: Cause,
    },
    /// Move to the dead letters; the cause is recorded as error number `attempt`, if it is one.
    Dead {
        lease: Lease,
        delivery: Delivery,
        cause: Cause,
        attempt: Option<u32>,
        /// Entries like it are not to be tried any more.
        poison: bool,
    },
    /// The handling ended without an outcome, or never began.
    Abandoned { receipt: Receipt, begun: bool },
}
