//! The pause before a restart.

use std::time::Duration;

/// Exponential backoff with jitter, valid by construction.
///
/// The n-th consecutive failure waits `initial * 2^(n-1)`, at most `max`, shortened by a random
/// part of at most `jitter` of itself, so that children which failed together do not return
/// together. Failures stop being consecutive when the child has run longer than `max`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Backoff {
    initial: Duration,
    max: Duration,
    jitter: f64,
}

/// Why a [`Backoff`] was refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BackoffError {
    /// A zero first delay would be a hot restart loop.
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
    /// The jitter is not a fraction; 1.0 is refused because it could mean no delay at all.
    #[error("jitter must be at least 0.0 and below 1.0, not {0}")]
    Jitter(f64),
}

impl Backoff {
    /// Delays from `initial` doubling up to `max`, each shortened by up to `jitter` of itself.
    ///
    /// # Errors
    /// When `initial` is zero or above `max`, or `jitter` is outside `0.0..1.0`.
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

    /// The pause after this many failures in a row; no failure, no pause.
    #[must_use]
    pub fn delay(&self, consecutive_failures: u32) -> Duration {
        let Some(doublings) = consecutive_failures.checked_sub(1) else {
            return Duration::ZERO;
        };
        let factor = 2_u32.checked_pow(doublings).unwrap_or(u32::MAX);
        let full = self.initial.saturating_mul(factor).min(self.max);
        full.mul_f64(1.0 - self.jitter * rand::random::<f64>())
    }

    /// A run longer than this makes earlier failures forgotten.
    pub(crate) fn forgiven_after(&self) -> Duration {
        self.max
    }
}

impl Default for Backoff {
    /// From 100 ms to 10 s, with a fifth of jitter.
    fn default() -> Self {
        Self {
            initial: Duration::from_millis(100),
            max: Duration::from_secs(10),
            jitter: 0.2,
        }
    }
}
