//! Key order: of the entries of one key at most one is handled at a time, in the order they came.
//!
//! ```text
//! key "o-1":  1-0 (handled or backing off)  ◀ 4-0 (waits here)  ◀ 9-0 (expected, not here yet)
//! ```
//!
//! An entry keeps its place until it is settled or a dead letter: while it backs off, those behind it
//! wait. Only the process that owns the partition handles anything ([`owner`]).

pub(crate) mod owner;
pub(crate) mod pending;

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::time::Instant;

use crate::consumer::work::lease::Job;

/// Place of an entry: the number of its stream, and its id.
pub(crate) type Place = (usize, String);

struct Waiting {
    place: Place,
    /// The delivery that waits; none while it is handled, backs off or is expected.
    job: Option<Box<Job>>,
}

#[derive(Default)]
struct Inner {
    lines: HashMap<String, VecDeque<Waiting>>,
    keys: HashMap<Place, String>,
    waiting: usize,
}

/// The waiting lines of one consumer, by key, and its ownership of the partition.
#[derive(Default)]
pub(crate) struct KeyOrder {
    inner: Mutex<Inner>,
    owned_until: Mutex<Option<Instant>>,
}

impl KeyOrder {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the delivery when it is the first of its key; otherwise it waits here.
    pub(crate) fn arrive(&self, stream: usize, job: Box<Job>) -> Option<Box<Job>> {
        let place = (stream, job.delivery.entry.id.clone());
        let key = job.delivery.key().to_owned();
        let mut inner = self.inner();
        inner.append(&key, place.clone());
        let Inner { lines, waiting, .. } = &mut *inner;
        let line = lines.get_mut(&key)?;
        let at = line.iter().position(|entry| entry.place == place)?;
        if at == 0 {
            return Some(job);
        }
        let replaced = line[at].job.replace(job);
        *waiting += usize::from(replaced.is_none());
        drop(inner);
        drop(replaced);
        None
    }

    /// Keeps a place for an entry of this key that is pending and will be delivered.
    pub(crate) fn expect(&self, place: Place, key: &str) {
        self.inner().append(key, place);
    }

    /// Removes an entry that is settled or a dead letter. Returns the next delivery of its key, if it
    /// waits here.
    pub(crate) fn leave(&self, place: &Place) -> Option<Box<Job>> {
        let mut inner = self.inner();
        let key = inner.keys.remove(place)?;
        let line = inner.lines.get_mut(&key)?;
        let at = line.iter().position(|entry| entry.place == *place)?;
        let gone = line.remove(at).and_then(|entry| entry.job);
        let next = match line.front_mut() {
            Some(entry) if at == 0 => entry.job.take(),
            _ => None,
        };
        if line.is_empty() {
            inner.lines.remove(&key);
        }
        inner.waiting -= usize::from(gone.is_some()) + usize::from(next.is_some());
        // A dropped job hands its entry back, which must not happen under the lock.
        drop(inner);
        drop(gone);
        next
    }

    /// Entries that have a place, waiting here or elsewhere.
    pub(crate) fn places(&self) -> usize {
        self.inner().keys.len()
    }

    /// Deliveries that wait here.
    pub(crate) fn waiting(&self) -> usize {
        self.inner().waiting
    }

    /// The first entry of each key.
    pub(crate) fn heads(&self) -> Vec<Place> {
        let inner = self.inner();
        let heads = inner.lines.values().filter_map(VecDeque::front);
        let mut heads: Vec<Place> = heads.map(|entry| entry.place.clone()).collect();
        heads.sort_unstable();
        heads
    }

    /// Forgets every place; dropped deliveries are handed back.
    pub(crate) fn clear(&self) {
        let forgotten = std::mem::take(&mut *self.inner());
        drop(forgotten);
    }

    fn owned_until(&self) -> MutexGuard<'_, Option<Instant>> {
        self.owned_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this process owns the partition now. The ownership expires by itself, so that a
    /// process that was frozen finds it over.
    pub(crate) fn is_owned(&self) -> bool {
        self.owned_until()
            .is_some_and(|until| Instant::now() < until)
    }

    fn own_until(&self, until: Instant) {
        *self.owned_until() = Some(until);
    }

    /// Ends the ownership. Returns whether it had begun.
    pub(crate) fn end_ownership(&self) -> bool {
        self.owned_until().take().is_some()
    }
}

impl Inner {
    fn append(&mut self, key: &str, place: Place) {
        if self.keys.contains_key(&place) {
            return;
        }
        self.keys.insert(place.clone(), key.to_owned());
        let line = self.lines.entry(key.to_owned()).or_default();
        line.push_back(Waiting { place, job: None });
    }
}
