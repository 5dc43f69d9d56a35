//! Filter of dead letters, shared by listing, replaying and discarding.

use super::DeadLetter;
use crate::clock;

/// Conditions on dead letters. A condition that is not set matches every letter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Exact message type.
    pub kind: Option<String>,
    /// Exact key.
    pub key: Option<String>,
    /// Text that the cause contains, ignoring case.
    pub cause: Option<String>,
    /// Time of death at or after this, in Unix milliseconds; see [`clock::parse_rfc3339`].
    pub since_ms: Option<u64>,
    /// Time of death at or before this, in Unix milliseconds.
    pub until_ms: Option<u64>,
}

impl Filter {
    /// Whether no condition is set.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether `letter` meets all conditions.
    pub fn matches(&self, letter: &DeadLetter) -> bool {
        let equal = |wanted: &Option<String>, found: &str| {
            wanted.as_ref().is_none_or(|wanted| wanted == found)
        };
        equal(&self.kind, letter.entry.kind())
            && equal(&self.key, letter.entry.key())
            && self.cause_matches(&letter.cause)
            && self.time_matches(letter)
    }

    fn cause_matches(&self, cause: &str) -> bool {
        self.cause
            .as_ref()
            .is_none_or(|wanted| cause.to_lowercase().contains(&wanted.to_lowercase()))
    }

    fn time_matches(&self, letter: &DeadLetter) -> bool {
        if self.since_ms.is_none() && self.until_ms.is_none() {
            return true;
        }
        // An unknown time is neither before nor after another.
        died_ms(letter).is_some_and(|died| {
            self.since_ms.is_none_or(|since| since <= died)
                && self.until_ms.is_none_or(|until| died <= until)
        })
    }
}

/// Time of death in Unix milliseconds: the recorded one, else the time of the letter's id.
fn died_ms(letter: &DeadLetter) -> Option<u64> {
    clock::parse_rfc3339(&letter.at).or_else(|| letter.id.split_once('-')?.0.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::RawEntry;

    const DIED: &str = "2026-01-01T12:00:00.500Z";

    fn letter() -> DeadLetter {
        let field = |name: &str, value: &str| (name.to_owned().into(), value.to_owned().into());
        DeadLetter::from_entry(RawEntry {
            id: "7-0".to_owned(),
            fields: vec![
                field("type", "OrderPlaced"),
                field("key", "order-1"),
                field("dead.cause", "The Provider says: É too much"),
                field("dead.at", DIED),
            ],
        })
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn an_empty_filter_matches_every_dead_letter() {
        assert!(Filter::default().is_empty());
        assert!(Filter::default().matches(&letter()));
    }

    #[test]
    fn type_and_key_must_be_equal() {
        let by = |kind: Option<String>, key: Option<String>| Filter {
            kind,
            key,
            ..Filter::default()
        };
        assert!(by(some("OrderPlaced"), some("order-1")).matches(&letter()));
        for (kind, key) in [
            (some("orderplaced"), None),
            (some("Order"), None),
            (None, some("order-")),
            (some("OrderPlaced"), some("order-2")),
            (some(""), None),
        ] {
            assert!(
                !by(kind.clone(), key.clone()).matches(&letter()),
                "{kind:?} {key:?}"
            );
        }
    }

    #[test]
    fn a_cause_matches_in_any_case() {
        for (cause, found) in [("provider SAYS", true), ("é TOO", true), ("card", false)] {
            let filter = Filter {
                cause: some(cause),
                ..Filter::default()
            };
            assert_eq!(filter.matches(&letter()), found, "{cause}");
        }
    }

    #[test]
    fn both_ends_of_a_time_span_belong_to_it() {
        let died = clock::parse_rfc3339(DIED);
        let ms = |by: i64| died.and_then(|died| died.checked_add_signed(by));
        for (since_ms, until_ms, found) in [
            (ms(0), ms(0), true),
            (ms(-1), None, true),
            (ms(1), None, false),
            (None, ms(-1), false),
            (ms(1), ms(-1), false),
        ] {
            let filter = Filter {
                since_ms,
                until_ms,
                ..Filter::default()
            };
            assert_eq!(filter.matches(&letter()), found, "{filter:?}");
        }
    }

    #[test]
    fn a_dead_letter_without_a_time_has_that_of_its_id() {
        let mut letter = letter();
        letter.at.clear();
        let until = |ms| Filter {
            until_ms: Some(ms),
            ..Filter::default()
        };
        assert!(until(7).matches(&letter));
        assert!(!until(6).matches(&letter));
    }
}
