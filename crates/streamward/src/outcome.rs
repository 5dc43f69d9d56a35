//! Outcomes of a delivery and their effects.
//!
//! | outcome | the pending entry | attempts | metric `outcome` |
//! | --- | --- | --- | --- |
//! | [`Outcome::Settled`] | acknowledged by the step script | deleted | `settled` |
//! | [`Outcome::Done`] | acknowledged, in a batch | deleted | `done` |
//! | [`Outcome::Retry`] | parked until its backoff is over; dead letter when attempts are used up | + 1, with the cause | `retry` |
//! | the same, caused by an [outage](crate::Class::Outage) of Redis | parked for a second, as often as it takes | unchanged | `retry` |
//! | [`Outcome::Dead`] | acknowledged and moved to the dead letters | kept in the letter | `dead` |
//! | a panic, a kill | parked for the first backoff; quarantined by its delivery count | unchanged | `abandoned` |

use std::{fmt, time::Duration};

/// Cause of a failed delivery, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    text: String,
    /// Whether waiting cures it: an outage of Redis, or a lost race.
    passes: bool,
}

impl Cause {
    /// A cause with this text.
    pub fn new(words: impl Into<String>) -> Self {
        Self {
            text: words.into(),
            passes: false,
        }
    }

    /// The error and what caused it, on one line.
    pub fn of(error: &(dyn std::error::Error + 'static)) -> Self {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            let words = cause.to_string();
            if !text.contains(&words) {
                text.push_str(": ");
                text.push_str(&words);
            }
            source = cause.source();
        }
        let passes = passes(error);
        Self { text, passes }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it is an outage of Redis or a lost race: no fault of the entry.
    pub(crate) const fn passes(&self) -> bool {
        self.passes
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<E: std::error::Error + 'static> From<E> for Cause {
    /// The error and what caused it, on one line.
    fn from(error: E) -> Self {
        Self::of(&error)
    }
}

/// Whether an error of the runtime that passes is among the causes of `error`.
fn passes(error: &(dyn std::error::Error + 'static)) -> bool {
    let own = error.downcast_ref::<crate::Error>();
    own.is_some_and(crate::Error::passes) || error.source().is_some_and(passes)
}

/// Outcome of a delivery, as its handler returns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The step script acknowledged the entry and did the work, or found both done before.
    Settled,
    /// The work is done; the runtime acknowledges the entry.
    Done,
    /// The delivery failed; a later attempt may succeed.
    Retry {
        /// Delay before the next attempt, instead of the consumer's backoff.
        after: Option<Duration>,
        /// Cause of the failure.
        cause: Cause,
    },
    /// The delivery failed for good.
    Dead {
        /// Cause of the failure.
        cause: Cause,
    },
}

impl Outcome {
    /// A retry after the consumer's own backoff.
    pub fn retry(cause: impl Into<Cause>) -> Self {
        Self::Retry {
            after: None,
            cause: cause.into(),
        }
    }

    /// A dead letter.
    pub fn dead(cause: impl Into<Cause>) -> Self {
        Self::Dead {
            cause: cause.into(),
        }
    }
}

impl<E: Into<Cause>> From<Result<Self, E>> for Outcome {
    /// Errors are retried. A handler returns [`Outcome::Dead`] for one that retries cannot cure.
    fn from(result: Result<Self, E>) -> Self {
        result.unwrap_or_else(|error| Self::retry(error))
    }
}
