//! Schedule on which a payment's intent is looked up at the provider, when no callback arrives.
//!
//! Every payment that can still be paid has one timer. The pauses double from half a second to an hour:
//! a lost callback is noticed soon, and a charge that hangs for days costs next to nothing. A payment
//! starts at the pause that fits how soon an answer may be expected.

use std::time::Duration;

use store::payment::NextPoll;
use streamward::Backoff;

/// Maximum number of polls: about four days, longer than any provider repeats a callback.
const MAX_POLLS: u32 = 100;

/// Returns the schedule after an accepted charge, whose callback is due within four seconds.
pub(crate) fn after_charge() -> NextPoll {
    starting_at(3)
}

/// Returns the schedule after an unanswered charge, which is retried soon.
pub(crate) fn after_unanswered_charge() -> NextPoll {
    starting_at(0)
}

/// Returns the schedule of a payment on the provider's page: half a minute suits a person.
pub(crate) fn after_page() -> NextPoll {
    starting_at(6)
}

/// Returns the schedule of an order that ended while a charge was in progress.
pub(crate) fn after_late_void() -> NextPoll {
    starting_at(2)
}

/// Returns the pause after so many polls; `None` after the last.
pub(crate) fn pause_after(polls: u32) -> Option<Duration> {
    (polls < MAX_POLLS).then(|| backoff().delay(polls.saturating_add(1)))
}

fn starting_at(polls: u32) -> NextPoll {
    NextPoll {
        polls,
        pause: backoff().delay(polls + 1),
    }
}

fn backoff() -> Backoff {
    let (first, longest) = (Duration::from_millis(500), Duration::from_secs(3600));
    Backoff::new(first, longest, 0.2).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pauses_grow_to_an_hour_and_end() {
        let first = pause_after(0).unwrap();
        assert!(first <= Duration::from_millis(500) && first >= Duration::from_millis(400));
        let long = pause_after(MAX_POLLS - 1).unwrap();
        assert!(long <= Duration::from_secs(3600) && long >= Duration::from_secs(2880));
        assert_eq!(pause_after(MAX_POLLS), None);
        let all: Duration = (0..MAX_POLLS).filter_map(pause_after).sum();
        assert!(all > Duration::from_secs(3 * 24 * 3600), "{all:?}");
    }
}
