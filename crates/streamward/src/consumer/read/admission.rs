//! Admission: how an entry that was delivered to this consumer starts, and how its stay here ends.

use std::sync::Arc;

use crate::consumer::{
    shared::Shared,
    work::disposition::Disposition,
    work::lease::{Job, Lease},
};
use crate::{
    entry::RawEntry,
    handler::{Delivery, Receipt},
    outcome::Cause,
};

impl Shared {
    /// Starts the handling of an entry that was just delivered to this consumer.
    pub(crate) fn dispatch(
        self: &Arc<Self>,
        stream: usize,
        entry: RawEntry,
        deliveries: u32,
        attempts: u32,
    ) {
        let lease = self.lease(stream, entry.id.clone(), deliveries);
        let delivery = Delivery {
            receipt: lease.receipt.clone(),
            entry,
            attempts,
        };
        self.metrics.deliveries.increment(1);
        if let Some(throttle) = &self.throttle {
            throttle.take(1);
        }
        let job = Box::new(Job { delivery, lease });
        let its_turn = match &self.key_order {
            Some(key_order) if !job.delivery.key().is_empty() => key_order.arrive(stream, job),
            _ => Some(job),
        };
        if let Some(job) = its_turn {
            self.slots.dispatch(job);
        }
    }

    /// Starts the handling of an entry, unless it is known poison.
    pub(crate) async fn admit(
        self: &Arc<Self>,
        stream: usize,
        entry: RawEntry,
        deliveries: u32,
        attempts: u32,
    ) {
        // Whoever replays a dead letter wants it tried.
        let replayed = self.is_inbox(stream) && entry.field("dead.lineage").is_some();
        if !replayed && self.poison.is(&entry) {
            let cause = Cause::new(
                "quarantined: entries of this type with this key and payload have killed their handlers",
            );
            self.quarantine(stream, entry, deliveries, cause).await;
        } else {
            self.dispatch(stream, entry, deliveries, attempts);
        }
    }

    /// An entry whose every handler died takes the next process with it, if it is let.
    pub(crate) async fn quarantine(
        self: &Arc<Self>,
        stream: usize,
        entry: RawEntry,
        deliveries: u32,
        cause: Cause,
    ) {
        let lease = self.lease(stream, entry.id.clone(), deliveries);
        let delivery = Delivery {
            receipt: lease.receipt.clone(),
            entry,
            attempts: 0,
        };
        let disposition = Disposition::Dead {
            lease,
            delivery,
            cause,
            attempt: None,
            poison: true,
        };
        self.file(disposition).await;
    }

    /// Whether this is the stream that only this service reads. Only there the runtime's own fields -
    /// `retry.*`, `dead.*` - are believed: anybody may write into the others.
    fn is_inbox(&self, stream: usize) -> bool {
        stream + 1 == self.streams.len()
    }

    /// How many errors were recorded before an entry came here through the delay queue.
    pub(crate) fn failed_before(&self, stream: usize, entry: &RawEntry) -> u32 {
        if self.is_inbox(stream) {
            entry.failed_before()
        } else {
            0
        }
    }

    /// Gives an entry back that is not for this process.
    pub(crate) fn decline(self: &Arc<Self>, stream: usize, id: String, deliveries: u32) {
        drop(self.lease(stream, id, deliveries));
    }

    /// An entry is settled or buried: the next one of its key may start.
    pub(crate) fn depart(&self, stream: usize, id: &str) {
        let Some(key_order) = &self.key_order else {
            return;
        };
        if let Some(next) = key_order.leave(&(stream, id.to_owned())) {
            self.slots.dispatch(next);
        }
    }

    /// The same, when the lease is gone.
    pub(crate) fn depart_by(&self, receipt: &Receipt) {
        let number = self.streams.iter().position(|key| *key == receipt.stream);
        if let Some(stream) = number {
            self.depart(stream, &receipt.id);
        }
    }

    /// Registers an entry as in flight here.
    pub(crate) fn lease(self: &Arc<Self>, stream: usize, id: String, deliveries: u32) -> Lease {
        let lost = self.in_flight.insert(stream, id.clone(), deliveries);
        self.metrics.in_flight.increment(1.0);
        let receipt = Receipt {
            stream: Arc::clone(&self.streams[stream]),
            group: Arc::clone(&self.group),
            consumer: Arc::clone(&self.consumer),
            id,
            deliveries,
        };
        Lease::new(Arc::clone(self), stream, receipt, lost)
    }

    /// The entry is no longer handled here.
    pub(crate) fn land(&self, stream: usize, id: &str) {
        self.metrics.in_flight.decrement(1.0);
        self.in_flight.remove(stream, id);
    }

    /// The handling of an entry broke off, or never began: it is to be parked.
    pub(crate) fn abandon(&self, receipt: Receipt, begun: bool) {
        if begun {
            self.metrics.abandoned.increment(1);
        }
        let disposition = Disposition::Abandoned { receipt, begun };
        if self.dispositions.try_send(disposition).is_err() {
            self.request_recovery();
        }
    }
}
