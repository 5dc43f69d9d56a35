//! KeyOrder: of the entries of one key at most one is handled at a time, in the order they came.
//!
//! ```text
//! key "o-1":  1-0 (handled or backing off)  ◀ 4-0 (waits here)  ◀ 9-0 (expected, not here yet)
//! ```
//!
//! An entry keeps its place until it is settled or buried: while it backs off, those behind it wait.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};

pub(crate) mod owner;
pub(crate) mod pending;

use crate::consumer::work::lease::Job;

/// Where an entry lies: the number of its stream, and its id.
pub(crate) type Place = (usize, String);

struct Turn {
    place: Place,
    /// The delivery that waits for its turn; none while it is handled, backs off or is expected.
    job: Option<Box<Job>>,
}

#[derive(Default)]
struct Inner {
    lines: HashMap<String, VecDeque<Turn>>,
    keys: HashMap<Place, String>,
    waiting: usize,
}

/// The lines of one consumer, by key.
#[derive(Default)]
pub(crate) struct KeyOrder(Mutex<Inner>);

impl KeyOrder {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A delivery came: it is returned when it is its turn, and waits here otherwise.
    pub(crate) fn arrive(&self, stream: usize, job: Box<Job>) -> Option<Box<Job>> {
        let place = (stream, job.delivery.entry.id.clone());
        let key = job.delivery.key().to_owned();
        let mut inner = self.inner();
        inner.line_up(&key, place.clone());
        let Inner { lines, waiting, .. } = &mut *inner;
        let line = lines.get_mut(&key)?;
        let at = line.iter().position(|turn| turn.place == place)?;
        if at == 0 {
            return Some(job);
        }
        let replaced = line[at].job.replace(job);
        *waiting += usize::from(replaced.is_none());
        drop(inner);
        drop(replaced);
        None
    }

    /// An entry of this key is pending somewhere and will come.
    pub(crate) fn expect(&self, place: Place, key: &str) {
        self.inner().line_up(key, place);
    }

    /// An entry is settled or buried; returns the delivery whose turn it is now, if it is here.
    pub(crate) fn leave(&self, place: &Place) -> Option<Box<Job>> {
        let mut inner = self.inner();
        let key = inner.keys.remove(place)?;
        let line = inner.lines.get_mut(&key)?;
        let at = line.iter().position(|turn| turn.place == *place)?;
        let gone = line.remove(at).and_then(|turn| turn.job);
        let next = match line.front_mut() {
            Some(turn) if at == 0 => turn.job.take(),
            _ => None,
        };
        if line.is_empty() {
            inner.lines.remove(&key);
        }
        inner.waiting -= usize::from(gone.is_some()) + usize::from(next.is_some());
        // A job that is dropped hands its entry back, which is nothing to do under a lock.
        drop(inner);
        drop(gone);
        next
    }

    /// How many entries have a place, here or elsewhere.
    pub(crate) fn places(&self) -> usize {
        self.inner().keys.len()
    }

    /// How many deliveries wait here.
    pub(crate) fn waiting(&self) -> usize {
        self.inner().waiting
    }

    /// The entries whose turn it is, or would be.
    pub(crate) fn heads(&self) -> Vec<Place> {
        let inner = self.inner();
        let heads = inner.lines.values().filter_map(VecDeque::front);
        heads.map(|turn| turn.place.clone()).collect()
    }

    /// Forgets everything; deliveries that waited are handed back by being dropped.
    pub(crate) fn clear(&self) {
        let forgotten = std::mem::take(&mut *self.inner());
        drop(forgotten);
    }
}

impl Inner {
    fn line_up(&mut self, key: &str, place: Place) {
        if self.keys.contains_key(&place) {
            return;
        }
        self.keys.insert(place.clone(), key.to_owned());
        let line = self.lines.entry(key.to_owned()).or_default();
        line.push_back(Turn { place, job: None });
    }
}
