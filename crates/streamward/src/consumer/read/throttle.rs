//! Rate limit of deliveries per second: a token bucket.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// Admits at most `per_second` deliveries a second, and at most a second's worth at once.
#[derive(Debug)]
pub(crate) struct Throttle {
    per_second: f64,
    bucket: Mutex<Bucket>,
}

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    filled: Instant,
}

impl Throttle {
    pub(crate) fn new(per_second: f64) -> Self {
        Self {
            per_second,
            bucket: Mutex::new(Bucket {
                tokens: per_second.max(1.0),
                filled: Instant::now(),
            }),
        }
    }

    fn refilled(&self) -> MutexGuard<'_, Bucket> {
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let gained = now.duration_since(bucket.filled).as_secs_f64() * self.per_second;
        bucket.tokens = (bucket.tokens + gained).min(self.per_second.max(1.0));
        bucket.filled = now;
        bucket
    }

    /// Deliveries that may start now.
    pub(crate) fn available(&self) -> usize {
        let tokens = self.refilled().tokens;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "at most a second's worth, and never more than was there"
        )]
        let whole = tokens.max(0.0) as usize;
        whole
    }

    /// Counts deliveries that start now. More than were available make the next wait longer.
    pub(crate) fn take(&self, deliveries: usize) {
        #[expect(clippy::cast_precision_loss, reason = "a batch is small")]
        let taken = deliveries as f64;
        self.refilled().tokens -= taken;
    }

    /// Time until one may start.
    pub(crate) fn ready_in(&self) -> Duration {
        let missing = 1.0 - self.refilled().tokens;
        Duration::from_secs_f64((missing / self.per_second).max(0.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn deliveries_stay_within_the_rate() {
        let throttle = Throttle::new(10.0);
        let mut started = 0;
        let begin = Instant::now();
        while begin.elapsed() < Duration::from_secs(20) {
            let available = throttle.available();
            throttle.take(available);
            started += available;
            tokio::time::sleep(throttle.ready_in().max(Duration::from_millis(1))).await;
        }
        // The first second starts with a full bucket.
        assert!((205..=211).contains(&started), "{started}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_rate_below_one_a_second_is_kept() {
        let throttle = Throttle::new(0.5);
        assert_eq!(throttle.available(), 1);
        throttle.take(1);
        assert_eq!(throttle.available(), 0);
        assert_eq!(throttle.ready_in(), Duration::from_secs(2));
        tokio::time::advance(Duration::from_secs(2)).await;
        assert_eq!(throttle.available(), 1);
    }
}
