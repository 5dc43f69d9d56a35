//! Retry policy: pure decisions about retries, dead letters and quarantine; the test kit uses it too.

use std::time::Duration;

use supervision::Backoff;

use crate::outcome::{Cause, Outcome};

/// The retry policy of a consumer.
#[derive(Clone, Debug)]
pub(crate) struct Policy {
    /// Pauses between attempts, unless the handler names one.
    pub(crate) backoff: Backoff,
    /// Recorded errors that make a dead letter.
    pub(crate) max_attempts: u32,
    /// Deliveries without an outcome that make a dead letter.
    pub(crate) max_crashes: u32,
}

/// Decision about an entry after an outcome of its handler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Decision {
    /// The step script has settled it.
    Settled,
    /// Acknowledge it.
    Done,
    /// Try it again.
    Retry(Retry),
    /// Try it again, and count nothing: Redis was not available.
    Unavailable(Cause),
    /// Make it a dead letter; the cause is recorded as error number `attempt`, if it is one.
    Dead { attempt: Option<u32>, cause: Cause },
}

/// Another try after a delay; the error before it has number `attempt`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Retry {
    pub(crate) attempt: u32,
    pub(crate) delay: Duration,
    pub(crate) cause: Cause,
}

impl Policy {
    /// Decides about an outcome of an entry that failed `attempts` times before.
    pub(crate) fn decide(&self, outcome: Outcome, attempts: u32) -> Decision {
        let attempt = attempts.saturating_add(1);
        match outcome {
            Outcome::Settled => Decision::Settled,
            Outcome::Done => Decision::Done,
            Outcome::Retry { cause, .. } if cause.passes() => Decision::Unavailable(cause),
            Outcome::Retry { cause, .. } if attempt >= self.max_attempts => Decision::Dead {
                attempt: Some(attempt),
                cause,
            },
            Outcome::Retry { after, cause } => Decision::Retry(Retry {
                attempt,
                delay: after.unwrap_or_else(|| self.backoff.delay(attempt)),
                cause,
            }),
            Outcome::Dead { cause } => Decision::Dead {
                attempt: None,
                cause,
            },
        }
    }

    /// Pause before the next delivery of an entry whose handler died.
    pub(crate) fn pause_after_crash(&self) -> Duration {
        self.backoff.delay(1)
    }

    /// Cause of the quarantine of an entry that has killed too many handlers: `deliveries` counts the
    /// one that is about to start, `failed` those that ended with a recorded error.
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
            let retry = Retry {
                attempt: attempts + 1,
                delay: Duration::from_millis(ms),
                cause: Cause::new("no"),
            };
            assert_eq!(decide(attempts), Decision::Retry(retry));
        }
        let cause = Cause::new("no");
        let attempt = Some(3);
        assert_eq!(decide(2), Decision::Dead { attempt, cause });
    }

    #[test]
    fn an_outage_of_redis_uses_up_no_attempt() {
        let error = || crate::Error::TooFewReplicas {
            wanted: 1,
            reached: 0,
        };
        let decided = policy().decide(Outcome::retry(error()), 100);
        assert_eq!(decided, Decision::Unavailable(error().into()));
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
