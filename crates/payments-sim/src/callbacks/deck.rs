//! Deliveries that wait for their time, or for another one to overtake them.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use tokio::time::Instant;

use super::attempt::Forgery;
use crate::ids::EventId;

/// The longest a delivery is held back when no later one comes.
const HOLD: Duration = Duration::from_secs(1);

/// One event on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Parcel {
    pub(super) event: EventId,
    /// Attempts made before.
    pub(super) attempt: u32,
    /// What is wrong with the next attempt, on purpose.
    pub(super) forgery: Option<Forgery>,
    /// The next attempt sends it twice.
    pub(super) twice: bool,
}

/// A delivery held back, and the one it waits for once there is one.
#[derive(Debug)]
struct Held {
    parcel: Parcel,
    until: Instant,
    behind: Option<EventId>,
}

/// What waits.
#[derive(Debug, Default)]
pub(super) struct Deck {
    /// By time, then in the order they were put here.
    later: BinaryHeap<Reverse<(Instant, u64, Parcel)>>,
    put: u64,
    /// One at most: whatever follows is what it waits for.
    held: Option<Held>,
}

impl Deck {
    /// Keeps the parcel until `due`.
    pub(super) fn postpone(&mut self, parcel: Parcel, due: Instant) {
        self.put += 1;
        self.later.push(Reverse((due, self.put, parcel)));
    }

    /// Keeps the parcel until a later one was sent; gives it back when one is held already.
    pub(super) fn hold_back(&mut self, parcel: Parcel) -> Option<Parcel> {
        if self.held.is_some() {
            return Some(parcel);
        }
        self.held = Some(Held {
            parcel,
            until: Instant::now() + HOLD,
            behind: None,
        });
        None
    }

    /// An attempt for `event` starts: what is held back waits for its end.
    pub(super) fn went_ahead(&mut self, event: EventId) {
        if let Some(held) = &mut self.held {
            held.behind.get_or_insert(event);
        }
    }

    /// An attempt for `event` ended: what waited for it is due.
    pub(super) fn ended(&mut self, event: EventId) {
        if let Some(held) = self.held.take_if(|held| held.behind == Some(event)) {
            self.postpone(held.parcel, Instant::now());
        }
    }

    /// Takes what is due by `now`.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<Parcel> {
        if let Some(held) = self.held.take_if(|held| held.until <= now) {
            return Some(held.parcel);
        }
        let Reverse((due, ..)) = self.later.peek()?;
        if *due > now {
            return None;
        }
        self.later.pop().map(|Reverse((_, _, parcel))| parcel)
    }

    /// When something is due next.
    pub(super) fn next_due(&self) -> Option<Instant> {
        let later = self.later.peek().map(|Reverse((due, ..))| *due);
        later
            .into_iter()
            .chain(self.held.as_ref().map(|held| held.until))
            .min()
    }
}
