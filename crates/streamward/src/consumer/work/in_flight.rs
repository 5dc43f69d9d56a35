//! The entries this consumer holds: being handled, waiting for a worker, or waiting for their turn.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

struct Held {
    deliveries: u32,
    /// When the idle clock of its lease was last known to start.
    since: Instant,
    lost: CancellationToken,
}

/// An entry whose lease is to be renewed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ageing {
    pub(crate) id: String,
    pub(crate) deliveries: u32,
}

/// What one consumer holds, by the number of the stream: an entry is looked for with its id alone.
pub(crate) struct InFlight(Mutex<Vec<HashMap<String, Held>>>);

impl InFlight {
    pub(crate) fn over(streams: usize) -> Self {
        Self(Mutex::new((0..streams).map(|_| HashMap::new()).collect()))
    }

    fn held(&self) -> MutexGuard<'_, Vec<HashMap<String, Held>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes an entry that was just delivered; the token is cancelled when it is lost.
    pub(crate) fn insert(&self, stream: usize, id: String, deliveries: u32) -> CancellationToken {
        let lost = CancellationToken::new();
        let held = Held {
            deliveries,
            since: Instant::now(),
            lost: lost.clone(),
        };
        self.held()[stream].insert(id, held);
        lost
    }

    pub(crate) fn remove(&self, stream: usize, id: &str) {
        self.held()[stream].remove(id);
    }

    /// The delivery count of an entry, if it is held.
    pub(crate) fn deliveries(&self, stream: usize, id: &str) -> Option<u32> {
        self.held()[stream].get(id).map(|held| held.deliveries)
    }

    /// The entries of stream number `stream` whose lease was not renewed for `age`.
    pub(crate) fn ageing(&self, stream: usize, age: Duration) -> Vec<Ageing> {
        let held = self.held();
        let old = |held: &Held| held.since.elapsed() >= age && !held.lost.is_cancelled();
        let ageing = held[stream].iter().filter(|(_, held)| old(held));
        ageing
            .map(|(id, held)| Ageing {
                id: id.clone(),
                deliveries: held.deliveries,
            })
            .collect()
    }

    /// The lease of this delivery was renewed by a call that started at `when`.
    pub(crate) fn renewed(&self, stream: usize, delivery: &Ageing, when: Instant) {
        if let Some(held) = self.held()[stream].get_mut(&delivery.id)
            && held.deliveries == delivery.deliveries
        {
            held.since = when;
        }
    }

    /// This delivery is no longer ours: whoever handles it is told to stop.
    pub(crate) fn lose(&self, stream: usize, delivery: &Ageing) {
        if let Some(held) = self.held()[stream].get(&delivery.id)
            && held.deliveries == delivery.deliveries
        {
            held.lost.cancel();
        }
    }

    /// Nothing here is ours any more.
    pub(crate) fn lose_all(&self) {
        for held in self.held().iter().flat_map(HashMap::values) {
            held.lost.cancel();
        }
    }
}
