//! Queue of delayed deliveries, and of one that waits for a later delivery to overtake it.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use rand::Rng as _;
use tokio::time::Instant;

use crate::ids::EventId;

/// Maximum time a delivery is held back when no later one comes.
const MAX_HOLD: Duration = Duration::from_secs(1);
const FIRST_BACKOFF: Duration = Duration::from_millis(200);
const MAX_BACKOFF: Duration = Duration::from_secs(30);

/// Deliberate fault in the signature of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum SignatureFault {
    WrongSecret,
    StaleTimestamp,
}

/// The delivery of one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Delivery {
    pub(super) event: EventId,
    /// Number of earlier attempts.
    pub(super) attempt: u32,
    /// Fault of the next attempt.
    pub(super) signature_fault: Option<SignatureFault>,
    /// Whether the next attempt is sent twice.
    pub(super) duplicate: bool,
}

/// A delivery held back, and the later one it waits for once that has started.
#[derive(Debug)]
struct Held {
    delivery: Delivery,
    until: Instant,
    behind: Option<EventId>,
}

/// Waiting deliveries.
#[derive(Debug, Default)]
pub(super) struct DeliveryQueue {
    /// By time, then in insertion order.
    delayed: BinaryHeap<Reverse<(Instant, u64, Delivery)>>,
    inserted: u64,
    /// At most one: every later delivery can overtake it.
    held: Option<Held>,
}

impl DeliveryQueue {
    /// Delays the delivery until `due`.
    pub(super) fn delay(&mut self, delivery: Delivery, due: Instant) {
        self.inserted += 1;
        self.delayed.push(Reverse((due, self.inserted, delivery)));
    }

    /// Queues the next attempt after a failed one, without faults.
    pub(super) fn retry(&mut self, failed: Delivery) {
        let due = Instant::now() + backoff(failed.attempt);
        let retry = Delivery {
            event: failed.event,
            attempt: failed.attempt.saturating_add(1),
            signature_fault: None,
            duplicate: false,
        };
        self.delay(retry, due);
    }

    /// Holds the delivery back until a later one was sent; returns it when one is already held.
    pub(super) fn hold_back(&mut self, delivery: Delivery) -> Option<Delivery> {
        if self.held.is_some() {
            return Some(delivery);
        }
        self.held = Some(Held {
            delivery,
            until: Instant::now() + MAX_HOLD,
            behind: None,
        });
        None
    }

    /// Records the start of an attempt, whose end releases the held delivery.
    pub(super) fn attempt_started(&mut self, event: EventId) {
        if let Some(held) = &mut self.held {
            held.behind.get_or_insert(event);
        }
    }

    /// Records the end of an attempt and releases the delivery behind it.
    pub(super) fn attempt_ended(&mut self, event: EventId) {
        if let Some(held) = self.held.take_if(|held| held.behind == Some(event)) {
            self.delay(held.delivery, Instant::now());
        }
    }

    /// Takes a delivery due by `now`.
    pub(super) fn take_due(&mut self, now: Instant) -> Option<Delivery> {
        if let Some(held) = self.held.take_if(|held| held.until <= now) {
            return Some(held.delivery);
        }
        let Reverse((due, ..)) = self.delayed.peek()?;
        if *due > now {
            return None;
        }
        self.delayed.pop().map(|Reverse((_, _, delivery))| delivery)
    }

    /// Returns the next due time.
    pub(super) fn next_due(&self) -> Option<Instant> {
        let delayed = self.delayed.peek().map(|Reverse((due, ..))| *due);
        let held = self.held.as_ref().map(|held| held.until);
        delayed.into_iter().chain(held).min()
    }
}

/// Returns the wait after attempt number `attempt` (from zero): doubling from 200 ms to 30 s, with
/// 20 % jitter so that failed deliveries do not retry together.
fn backoff(attempt: u32) -> Duration {
    let factor = 1_u32.checked_shl(attempt).unwrap_or(u32::MAX);
    let full = FIRST_BACKOFF.saturating_mul(factor).min(MAX_BACKOFF);
    full.mul_f64(rand::rng().random_range(0.8..1.2))
}

#[cfg(test)]
mod tests {
    use super::{MAX_BACKOFF, backoff};

    #[test]
    fn backoff_doubles_up_to_a_bound() {
        assert!((160..240).contains(&backoff(0).as_millis()));
        assert!((320..480).contains(&backoff(1).as_millis()));
        for attempt in [10, 31, 32, 63, u32::MAX] {
            let wait = backoff(attempt);
            assert!(wait >= MAX_BACKOFF.mul_f64(0.8) && wait < MAX_BACKOFF.mul_f64(1.2));
        }
    }
}
