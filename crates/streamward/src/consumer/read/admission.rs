//! Admission: what happens to an entry that Redis has just delivered to this consumer.

use std::sync::Arc;

use super::flow_control::FlowControl;
use crate::{
    consumer::{
        identity::Identity,
        work::{
            lease::{Disposition, Job, Leases},
            poison::Poison,
        },
    },
    entry::RawEntry,
    handler::Delivery,
    outcome::Cause,
};

/// The way of delivered entries into handling; the intake and the reclaimer share it.
#[derive(Clone)]
pub(crate) struct Admission {
    pub(crate) identity: Arc<Identity>,
    pub(crate) flow: Arc<FlowControl>,
    pub(crate) leases: Arc<Leases>,
    pub(crate) poison: Arc<Poison>,
    pub(crate) wants: fn(&str) -> bool,
}

impl Admission {
    /// Whether the handler takes such an entry. One without a type is handled, so that it becomes a
    /// dead letter.
    pub(crate) fn wants(&self, entry: &RawEntry) -> bool {
        entry.kind().is_empty() || (self.wants)(entry.kind())
    }

    /// Starts the handling of an entry, unless it is known poison.
    pub(crate) async fn admit(
        &self,
        stream: usize,
        entry: RawEntry,
        deliveries: u32,
        attempts: u32,
    ) {
        // A replay is an explicit request to try the entry.
        let replayed = self.identity.is_inbox(stream) && entry.field("dead.lineage").is_some();
        if !replayed && self.poison.is(&entry) {
            let cause = Cause::new(
                "quarantined: entries of this type with this key and payload have killed their handlers",
            );
            return self.quarantine(stream, entry, deliveries, cause).await;
        }
        self.identity.metrics.deliveries.increment(1);
        self.flow
            .dispatch(self.job(stream, entry, deliveries, attempts));
    }

    /// Moves an entry to the dead letters that would kill its next handler too.
    pub(crate) async fn quarantine(
        &self,
        stream: usize,
        entry: RawEntry,
        deliveries: u32,
        cause: Cause,
    ) {
        let Job { delivery, lease } = self.job(stream, entry, deliveries, 0);
        let disposition = Disposition::Dead {
            lease,
            delivery,
            cause,
            attempt: None,
            poison: true,
        };
        self.leases.file(disposition).await;
    }

    fn job(&self, stream: usize, entry: RawEntry, deliveries: u32, attempts: u32) -> Job {
        let lease = self.leases.lease(stream, entry.id.clone(), deliveries);
        let delivery = Delivery {
            receipt: lease.receipt.clone(),
            entry,
            attempts,
        };
        Job { delivery, lease }
    }

    /// Errors that were recorded before an entry came here through the delay queue.
    pub(crate) fn failed_before(&self, stream: usize, entry: &RawEntry) -> u32 {
        if self.identity.is_inbox(stream) {
            entry.failed_before()
        } else {
            0
        }
    }

    /// Acknowledges entries that the handler does not take.
    pub(crate) async fn skip(&self, stream: usize, ids: Vec<String>) {
        if !ids.is_empty() {
            let skipped = ids.len() as u64;
            self.identity.metrics.skipped.increment(skipped);
            self.leases.file(Disposition::Skipped { stream, ids }).await;
        }
    }

    /// Hands an entry back that is not for this process.
    pub(crate) fn decline(&self, stream: usize, id: String, deliveries: u32) {
        drop(self.leases.lease(stream, id, deliveries));
    }
}
