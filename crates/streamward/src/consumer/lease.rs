//! The right to handle one entry, and a delivery that carries it to a worker.

use std::sync::Arc;

use super::shared::Shared;
use crate::handler::{Delivery, Receipt};

/// A delivery on its way to a worker.
pub(crate) struct Job {
    pub(crate) delivery: Delivery,
    pub(crate) lease: Lease,
}

/// The right to handle one entry. Dropped without an end - a panic, a kill, a cancelled await, a
/// closed door - it reports the entry as abandoned, so that it is parked and tried again.
pub(crate) struct Lease {
    shared: Arc<Shared>,
    stream: usize,
    pub(crate) receipt: Receipt,
    ended: bool,
}

impl Lease {
    pub(super) const fn new(shared: Arc<Shared>, stream: usize, receipt: Receipt) -> Self {
        Self {
            shared,
            stream,
            receipt,
            ended: false,
        }
    }

    /// The entry is settled, parked or buried; nothing is left to do about it.
    pub(crate) fn end(mut self) {
        self.ended = true;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.shared.land(self.stream, self.receipt.id.clone());
        if !self.ended {
            self.shared.abandon(self.receipt.clone());
        }
    }
}
