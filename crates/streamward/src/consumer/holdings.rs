//! The entries this consumer holds: being handled, waiting for a worker, or waiting for their turn.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Where an entry lies: the number of its stream, and its id.
pub(crate) type Place = (usize, String);

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

/// What one consumer holds.
#[derive(Default)]
pub(crate) struct Holdings(Mutex<HashMap<Place, Held>>);

impl Holdings {
    fn held(&self) -> MutexGuard<'_, HashMap<Place, Held>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes an entry that was just delivered; the token is cancelled when it is lost.
    pub(crate) fn insert(&self, place: Place, deliveries: u32) -> CancellationToken {
        let lost = CancellationToken::new();
        let held = Held {
            deliveries,
            since: Instant::now(),
            lost: lost.clone(),
        };
        self.held().insert(place, held);
        lost
    }

    pub(crate) fn remove(&self, place: &Place) {
        self.held().remove(place);
    }

    pub(crate) fn contains(&self, place: &Place) -> bool {
        self.held().contains_key(place)
    }

    /// The delivery count of an entry that is held.
    pub(crate) fn deliveries(&self, place: &Place) -> Option<u32> {
        self.held().get(place).map(|held| held.deliveries)
    }

    /// The entries of stream number `stream` whose lease was not renewed for `age`.
    pub(crate) fn ageing(&self, stream: usize, age: Duration) -> Vec<Ageing> {
        let held = self.held();
        let old = |held: &Held| held.since.elapsed() >= age && !held.lost.is_cancelled();
        let ageing = held
            .iter()
            .filter(|((at, _), held)| *at == stream && old(held));
        ageing
            .map(|((_, id), held)| Ageing {
                id: id.clone(),
                deliveries: held.deliveries,
            })
            .collect()
    }

    /// The lease of this delivery was renewed by a call that started at `when`.
    pub(crate) fn renewed(&self, place: &Place, deliveries: u32, when: Instant) {
        if let Some(held) = self.held().get_mut(place)
            && held.deliveries == deliveries
        {
            held.since = when;
        }
    }

    /// This delivery is no longer ours: whoever handles it is told to stop.
    pub(crate) fn lose(&self, place: &Place, deliveries: u32) {
        if let Some(held) = self.held().get(place)
            && held.deliveries == deliveries
        {
            held.lost.cancel();
        }
    }

    /// Nothing here is ours any more.
    pub(crate) fn lose_all(&self) {
        for held in self.held().values() {
            held.lost.cancel();
        }
    }
}
