//! How often the provider is asked what became of a payment, when no callback says so.
//!
//! Every payment that can still be paid has one timer. The pauses double from half a second to an hour,
//! so that a lost callback is noticed soon and a charge that hangs for days costs next to nothing; where
//! in this row a payment starts says how soon an answer may be expected.

use std::time::Duration;

use store::payment::Asking;
use streamward::Backoff;

/// The pauses come to about four days, longer than any provider goes on calling back.
const MOST_LOOKS: u32 = 100;

/// A charge is under way; its callback should be here within four seconds.
pub(crate) fn after_charge() -> Asking {
    starting_at(3)
}

/// A charge was not answered: it is tried again soon.
pub(crate) fn after_silence() -> Asking {
    starting_at(0)
}

/// A person may pay on the provider's page: half a minute is soon enough.
pub(crate) fn after_page() -> Asking {
    starting_at(6)
}

/// The order ended while a charge was under way.
pub(crate) fn after_late_void() -> Asking {
    starting_at(2)
}

/// The pause after so many questions; `None` after the last.
pub(crate) fn pause_after(looks: u32) -> Option<Duration> {
    (looks < MOST_LOOKS).then(|| pauses().delay(looks.saturating_add(1)))
}

fn starting_at(looks: u32) -> Asking {
    Asking {
        looks,
        pause: pauses().delay(looks + 1),
    }
}

fn pauses() -> Backoff {
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
        let long = pause_after(MOST_LOOKS - 1).unwrap();
        assert!(long <= Duration::from_secs(3600) && long >= Duration::from_secs(2880));
        assert_eq!(pause_after(MOST_LOOKS), None);
        let all: Duration = (0..MOST_LOOKS).filter_map(pause_after).sum();
        assert!(all > Duration::from_secs(3 * 24 * 3600), "{all:?}");
    }
}
