//! Outages of Redis: waited out, for as long as they last, with pauses that grow.
//!
//! A supervisor counts restarts, because bugs cause them. An outage is no bug, so the tasks that meet
//! one stay alive: consumer roles and [`outlast`] pause and try again. [`Server`](crate::Server)
//! reports each outage once, when it begins and when it ends.

use std::time::Duration;

use supervision::{Backoff, BoxError, TaskContext};
use tokio::time::Instant;

use crate::error::{Error, Result};

/// Pause after the first failed attempt.
const SHORTEST: Duration = Duration::from_millis(100);
/// Longest pause: a returned server is noticed within it.
const LONGEST: Duration = Duration::from_secs(1);
/// Fraction by which pauses differ, so that not every task returns in the same moment.
const JITTER: f64 = 0.2;

/// Pauses of one task between attempts during an outage.
#[derive(Debug, Default)]
pub(crate) struct Pauses {
    failures: u32,
}

impl Pauses {
    /// Ends the outage: the next pause is short again.
    pub(crate) const fn reset(&mut self) {
        self.failures = 0;
    }

    /// The next pause.
    pub(crate) fn next(&mut self) -> Duration {
        self.failures = self.failures.saturating_add(1);
        let backoff = Backoff::new(SHORTEST, LONGEST, JITTER).unwrap_or_default();
        backoff.delay(self.failures)
    }
}

/// Runs `attempt` until it ends or is stopped, and again after each outage or lost race.
///
/// Every attempt starts anew, so it must begin with what it needs: connections, positions, snapshots.
///
/// # Errors
/// The first error that waiting cannot cure.
pub async fn outlast<F>(
    context: &TaskContext,
    mut attempt: impl FnMut() -> F + Send,
) -> Result<(), BoxError>
where
    F: Future<Output = Result<()>> + Send,
{
    let mut pauses = Pauses::default();
    loop {
        context.pulse.beat();
        let begun = Instant::now();
        let Some(ended) = context.stopping.run_until_cancelled(attempt()).await else {
            return Ok(());
        };
        let error: Error = match ended {
            Ok(()) => return Ok(()),
            Err(error) if error.passes() => error,
            Err(error) => return Err(error.into()),
        };
        if begun.elapsed() > LONGEST {
            pauses.reset();
        }
        let pause = pauses.next();
        tracing::debug!(task = context.name, %error, ?pause, "redis is not available: waiting");
        let paused = tokio::time::sleep(pause);
        if context.stopping.run_until_cancelled(paused).await.is_none() {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_second_and_start_short_again() {
        let mut pauses = Pauses::default();
        let first = pauses.next();
        assert!(first <= SHORTEST);
        let long: Vec<Duration> = (0..1000).map(|_| pauses.next()).collect();
        assert!(long.iter().all(|pause| *pause <= LONGEST));
        assert!(long[999] > LONGEST / 2);
        pauses.reset();
        assert!(pauses.next() <= SHORTEST);
    }
}
