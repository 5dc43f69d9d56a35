//! Leases: the right to handle one entry, and the disposition that ends it.
//!
//! The types stand in one file because they refer to each other: a disposition carries the lease it
//! ends, and a lease that is dropped files the disposition [`Disposition::Abandoned`].

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::sync::{Mutex, mpsc};
use tokio_util::sync::CancellationToken;

use super::{in_flight::InFlight, policy::Retry};
use crate::{
    consumer::{identity::Identity, recover::attention::Attention},
    handler::{Delivery, Receipt},
    outcome::Cause,
};

/// Dispositions that may wait for the settler before workers have to.
const QUEUED_DISPOSITIONS: usize = 4096;

/// Instruction to the settler about one entry, or about several that need no handling.
pub(crate) enum Disposition {
    /// Acknowledge; the handler is done.
    Done(Lease),
    /// Acknowledge; this consumer does not want entries of their type.
    Skipped { stream: usize, ids: Vec<String> },
    /// Delete the error history; the step script acknowledged the entry.
    Forget(Receipt),
    /// Park until the delay is over.
    Retry(Lease, Retry),
    /// Park for a moment, as if it had not been delivered: Redis was not available to its handler.
    Unavailable(Lease, Cause),
    /// Move to the dead letters; the cause is recorded as error number `attempt`, if it is one.
    Dead {
        lease: Lease,
        delivery: Delivery,
        cause: Cause,
        attempt: Option<u32>,
        /// Quarantines entries like it.
        poison: bool,
    },
    /// Park: the handling ended without an outcome, or never began.
    Abandoned { receipt: Receipt, begun: bool },
}

/// The settler's end of the queue; shared, so that a restarted settler goes on with it.
pub(crate) type DispositionQueue = Arc<Mutex<mpsc::Receiver<Disposition>>>;

/// The leases of one consumer, and the queue of their dispositions.
pub(crate) struct Leases {
    identity: Arc<Identity>,
    pub(crate) in_flight: InFlight,
    dispositions: mpsc::Sender<Disposition>,
    /// Held while entries move between "pending in Redis" and "in flight here".
    pub(crate) claiming: Mutex<()>,
    recover: AtomicBool,
    pub(crate) attention: Attention,
}

impl Leases {
    pub(crate) fn new(identity: &Arc<Identity>) -> (Arc<Self>, DispositionQueue) {
        let (dispositions, queue) = mpsc::channel(QUEUED_DISPOSITIONS);
        let leases = Self {
            identity: Arc::clone(identity),
            in_flight: InFlight::over(identity.streams.len()),
            dispositions,
            claiming: Mutex::new(()),
            recover: AtomicBool::new(true),
            attention: Attention::default(),
        };
        (Arc::new(leases), Arc::new(Mutex::new(queue)))
    }

    /// Registers an entry as in flight.
    pub(crate) fn lease(self: &Arc<Self>, stream: usize, id: String, deliveries: u32) -> Lease {
        let identity = &self.identity;
        identity.metrics.in_flight.increment(1.0);
        Lease {
            stream,
            lost: self.in_flight.insert(stream, id.clone(), deliveries),
            receipt: Receipt {
                stream: Arc::clone(&identity.streams[stream]),
                group: Arc::clone(&identity.service),
                consumer: Arc::clone(&identity.consumer),
                id,
                deliveries,
            },
            leases: Arc::clone(self),
            begun: false,
            ended: false,
        }
    }

    /// Files a disposition with the settler, whose queue lives as long as this consumer.
    pub(crate) async fn file(&self, disposition: Disposition) {
        if self.dispositions.send(disposition).await.is_err() {
            self.request_recovery();
        }
    }

    /// Requests a look at this consumer's pending entries: some may be in flight nowhere.
    pub(crate) fn request_recovery(&self) {
        self.recover.store(true, Ordering::Release);
    }

    /// Whether the settler has taken every disposition.
    #[cfg(test)]
    pub(crate) fn has_no_dispositions(&self) -> bool {
        self.dispositions.capacity() == self.dispositions.max_capacity()
    }

    #[cfg(test)]
    pub(crate) fn is_recovery_requested(&self) -> bool {
        self.recover.load(Ordering::Acquire)
    }

    /// Whether a recovery was requested since the last call.
    pub(crate) fn take_recovery_request(&self) -> bool {
        self.recover.swap(false, Ordering::AcqRel)
    }
}

/// A delivery on its way to a worker.
pub(crate) struct Job {
    pub(crate) delivery: Delivery,
    pub(crate) lease: Lease,
}

/// The right to handle one entry. When it is dropped without an end - a panic, a kill, a cancelled
/// await, a drain - the entry is abandoned: parked and tried again.
pub(crate) struct Lease {
    leases: Arc<Leases>,
    pub(crate) stream: usize,
    pub(crate) receipt: Receipt,
    lost: CancellationToken,
    begun: bool,
    ended: bool,
}

impl Lease {
    /// Marks the start of the handler: from here on a crash may be the entry's fault.
    pub(crate) const fn begin(&mut self) {
        self.begun = true;
    }

    /// Ends the lease: nothing is left to do about this delivery.
    pub(crate) fn end(mut self) {
        self.ended = true;
    }

    /// Waits until another consumer has the entry.
    pub(crate) async fn until_lost(&self) {
        self.lost.cancelled().await;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        let metrics = &self.leases.identity.metrics;
        metrics.in_flight.decrement(1.0);
        if self.leases.in_flight.remove(self.stream, &self.receipt.id) {
            self.leases.request_recovery();
        }
        if self.ended {
            return;
        }
        let begun = self.begun;
        if begun {
            metrics.abandoned.increment(1);
        }
        let receipt = self.receipt.clone();
        let abandoned = Disposition::Abandoned { receipt, begun };
        if self.leases.dispositions.try_send(abandoned).is_err() {
            self.leases.request_recovery();
        }
    }
}
