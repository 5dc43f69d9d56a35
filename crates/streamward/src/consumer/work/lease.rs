//! The right to handle one entry, and a delivery that carries it to a worker.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use crate::consumer::shared::Shared;
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
    lost: CancellationToken,
    begun: bool,
    ended: bool,
}

impl Lease {
    pub(crate) const fn new(
        shared: Arc<Shared>,
        stream: usize,
        receipt: Receipt,
        lost: CancellationToken,
    ) -> Self {
        Self {
            shared,
            stream,
            receipt,
            lost,
            begun: false,
            ended: false,
        }
    }

    /// A handler begins: if it breaks off now, it may be this entry's fault.
    pub(crate) const fn begin(&mut self) {
        self.begun = true;
    }

    /// The entry is settled or buried: nothing is left to do about it.
    pub(crate) fn end(mut self) {
        self.ended = true;
        self.shared.depart(self.stream, &self.receipt.id);
    }

    /// The entry is put aside and comes back.
    pub(crate) fn put_aside(mut self) {
        self.ended = true;
    }

    /// Waits until another consumer has the entry.
    pub(crate) async fn until_lost(&self) {
        self.lost.cancelled().await;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.shared.land(self.stream, &self.receipt.id);
        if !self.ended {
            self.shared.abandon(self.receipt.clone(), self.begun);
        }
    }
}
