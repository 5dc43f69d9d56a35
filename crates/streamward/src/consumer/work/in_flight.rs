//! The in-flight set: entries this process handles, queues for a worker, or holds back for their key.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

struct Held {
    deliveries: u32,
    /// Last known start of the lease's idle clock.
    since: Instant,
    lost: CancellationToken,
    /// Whether Redis has delivered the entry to this consumer a second time.
    redelivered: bool,
}

/// Delivery in flight: an entry and its delivery count.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct HeldDelivery {
    pub(crate) id: String,
    pub(crate) deliveries: u32,
}

/// The in-flight set of one consumer, one map per stream number: look-ups need the id alone.
pub(crate) struct InFlight(Mutex<Vec<HashMap<String, Held>>>);

impl InFlight {
    pub(crate) fn over(streams: usize) -> Self {
        Self(Mutex::new((0..streams).map(|_| HashMap::new()).collect()))
    }

    fn held(&self) -> MutexGuard<'_, Vec<HashMap<String, Held>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an entry that was just delivered. The returned token is cancelled when it is lost.
    pub(crate) fn insert(&self, stream: usize, id: String, deliveries: u32) -> CancellationToken {
        let lost = CancellationToken::new();
        let held = Held {
            deliveries,
            since: Instant::now(),
            lost: lost.clone(),
            redelivered: false,
        };
        self.held()[stream].insert(id, held);
        lost
    }

    /// Removes an entry. Returns whether Redis has delivered it a second time meanwhile, so that it
    /// may still be pending.
    pub(crate) fn remove(&self, stream: usize, id: &str) -> bool {
        let held = self.held()[stream].remove(id);
        held.is_some_and(|held| held.redelivered)
    }

    /// Notes a second delivery of an entry that is in flight. Returns the first delivery's count.
    pub(crate) fn redelivered(&self, stream: usize, id: &str) -> Option<u32> {
        let mut held = self.held();
        let held = held[stream].get_mut(id)?;
        held.redelivered = true;
        Some(held.deliveries)
    }

    #[cfg(test)]
    pub(crate) fn is_empty(&self) -> bool {
        self.held().iter().all(HashMap::is_empty)
    }

    pub(crate) fn contains(&self, stream: usize, id: &str) -> bool {
        self.held()[stream].contains_key(id)
    }

    /// Deliveries of stream number `stream` whose lease was not renewed for `age`, oldest id first.
    pub(crate) fn ageing(&self, stream: usize, age: Duration) -> Vec<HeldDelivery> {
        let held = self.held();
        let old = |held: &Held| held.since.elapsed() >= age && !held.lost.is_cancelled();
        let ageing = held[stream].iter().filter(|(_, held)| old(held));
        let mut ageing: Vec<_> = ageing
            .map(|(id, held)| HeldDelivery {
                id: id.clone(),
                deliveries: held.deliveries,
            })
            .collect();
        ageing.sort_unstable();
        ageing
    }

    /// Restarts the lease of this delivery at `when`, the start of the call that renewed it.
    pub(crate) fn renewed(&self, stream: usize, delivery: &HeldDelivery, when: Instant) {
        self.change(stream, delivery, |held| held.since = when);
    }

    /// Cancels the handler of a delivery that another consumer has taken over.
    pub(crate) fn lose(&self, stream: usize, delivery: &HeldDelivery) {
        self.change(stream, delivery, |held| held.lost.cancel());
    }

    /// Changes this delivery, unless its entry has left or was delivered anew.
    fn change(&self, stream: usize, delivery: &HeldDelivery, change: impl FnOnce(&mut Held)) {
        let mut held = self.held();
        let held = held[stream].get_mut(&delivery.id);
        if let Some(held) = held.filter(|held| held.deliveries == delivery.deliveries) {
            change(held);
        }
    }

    /// Cancels every handler: another process may own the partition.
    pub(crate) fn lose_all(&self) {
        for held in self.held().iter().flat_map(HashMap::values) {
            held.lost.cancel();
        }
    }
}
