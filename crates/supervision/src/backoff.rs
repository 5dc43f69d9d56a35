//! Delay before a restart.

use std::time::Duration;

/// Exponential backoff with jitter, valid by construction.
///
/// The n-th consecutive failure waits `initial * 2^(n-1)`, at most `max`, minus a random fraction of
/// at most `jitter`, so that children that failed together do not restart together. A run longer
/// than `max` resets the failure count.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Backoff {
    initial: Duration,
    max: Duration,
    jitter: f64,
}

/// Reasons to reject the parameters of a [`Backoff`].
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BackoffError {
    /// The first delay is zero, which would be a hot restart loop.
    #[error("the first delay must not be zero")]
    ZeroInitial,
    /// The first delay is above the largest one.
    #[error("the first delay {initial:?} is longer than the largest one {max:?}")]
    InitialAboveMax {
        /// The first delay.
        initial: Duration,
        /// The largest delay.
        max: Duration,
    },
    /// The jitter is not below 1.0, which could mean no delay at all, or not a fraction.
    #[error("jitter must be at least 0.0 and below 1.0, not {0}")]
    Jitter(f64),
}

impl Backoff {
    /// Creates a backoff from `initial`, doubling up to `max`, with a jitter fraction in `0.0..1.0`.
    ///
    /// # Errors
    /// Rejects an `initial` that is zero or above `max`, and a `jitter` outside `0.0..1.0`.
    pub fn new(initial: Duration, max: Duration, jitter: f64) -> Result<Self, BackoffError> {
        if initial.is_zero() {
            return Err(BackoffError::ZeroInitial);
        }
        if initial > max {
            return Err(BackoffError::InitialAboveMax { initial, max });
        }
        if !(0.0..1.0).contains(&jitter) {
            return Err(BackoffError::Jitter(jitter));
        }
        Ok(Self {
            initial,
            max,
            jitter,
        })
    }

    /// Returns the delay after this many consecutive failures; zero failures give no delay.
    #[must_use]
    pub fn delay(&self, consecutive_failures: u32) -> Duration {
        let Some(doublings) = consecutive_failures.checked_sub(1) else {
            return Duration::ZERO;
        };
        let factor = 2_u32.checked_pow(doublings).unwrap_or(u32::MAX);
        let full = self.initial.saturating_mul(factor).min(self.max);
        full.mul_f64(1.0 - self.jitter * rand::random::<f64>())
    }

    /// Returns the run length that resets the failure count.
    pub(crate) fn reset_after(&self) -> Duration {
        self.max
    }
}

impl Default for Backoff {
    /// Returns a backoff from 100 ms to 10 s with 20 % jitter.
    fn default() -> Self {
        Self {
            initial: Duration::from_millis(100),
            max: Duration::from_secs(10),
            jitter: 0.2,
        }
    }
}
