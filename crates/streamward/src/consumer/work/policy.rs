//! When to try again, and when to give up: pure decisions, shared by the consumer and the test kit.

use std::time::Duration;

use supervision::Backoff;

use crate::outcome::{Cause, Outcome};

/// A consumer's patience.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    /// Pauses between attempts, unless the handler names one.
    pub(crate) backoff: Backoff,
    /// Recorded errors that make a dead letter.
    pub(crate) max_attempts: u32,
    /// Deliveries without an outcome that make a dead letter.
    pub(crate) max_crashes: u32,
}

/// What an outcome means for an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// It is settled.
    Settled,
    /// It is to be acknowledged.
    Done,
    /// It is tried again after the delay; this error has number `attempt`.
    Retry {
        attempt: u32,
        delay: Duration,
        cause: Cause,
    },
    /// It is a dead letter; the cause is recorded as error number `attempt`, if it is one.
    Dead { attempt: Option<u32>, cause: Cause },
}

impl Policy {
    /// Judges an outcome of an entry that failed `attempts` times before.
    pub(crate) fn decide(&self, outcome: Outcome, attempts: u32) -> Decision {
        let attempt = attempts.saturating_add(1);
        match outcome {
            Outcome::Settled => Decision::Settled,
            Outcome::Done => Decision::Done,
            Outcome::Retry { cause, .. } if attempt >= self.max_attempts => Decision::Dead {
                attempt: Some(attempt),
                cause,
            },
            Outcome::Retry { after, cause } => Decision::Retry {
                attempt,
                delay: after.unwrap_or_else(|| self.backoff.delay(attempt)),
                cause,
            },
            Outcome::Dead { cause } => Decision::Dead {
                attempt: None,
                cause,
            },
        }
    }

    /// How long an entry waits whose handler died.
    pub(crate) fn pause_after_crash(&self) -> Duration {
        self.backoff.delay(1)
    }

    /// Why an entry is too dangerous to be tried again, if it is: `deliveries` counts the one that
    /// is about to start, `failed` those that ended with a recorded error.
    pub(crate) fn quarantine(&self, deliveries: u32, failed: u32) -> Option<Cause> {
        let crashes = deliveries.saturating_sub(failed.saturating_add(1));
        (crashes >= self.max_crashes).then(|| {
            Cause::new(format!(
                "quarantined: {crashes} deliveries ended without an outcome"
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy() -> Policy {
        let backoff = Backoff::new(Duration::from_millis(10), Duration::from_millis(80), 0.0);
        Policy {
            backoff: backoff.expect("valid"),
            max_attempts: 3,
            max_crashes: 2,
        }
    }

    #[test]
    fn the_pause_grows_until_the_attempts_are_used_up() {
        let retry = || Outcome::retry(Cause::new("no"));
        let decide = |attempts| policy().decide(retry(), attempts);
        for (attempts, ms) in [(0, 10), (1, 20)] {
            let Decision::Retry { attempt, delay, .. } = decide(attempts) else {
                panic!("attempts are left");
            };
            assert_eq!((attempt, delay), (attempts + 1, Duration::from_millis(ms)));
        }
        let cause = Cause::new("no");
        let attempt = Some(3);
        assert_eq!(decide(2), Decision::Dead { attempt, cause });
    }

    #[test]
    fn only_deliveries_without_an_outcome_count_as_crashes() {
        let quarantine = |deliveries, failed| policy().quarantine(deliveries, failed).is_some();
        assert!(!quarantine(1, 0), "the first delivery");
        assert!(!quarantine(2, 0), "one crash");
        assert!(quarantine(3, 0), "two crashes");
        assert!(!quarantine(3, 2), "two errors");
        assert!(quarantine(4, 1), "one error, two crashes");
    }
}
