//! When a delivery is tried again, and when nobody tries any more.

use std::time::Duration;

use store::webhook::Circuit;

const SECOND: u64 = 1;
const MINUTE: u64 = 60;
const HOUR: u64 = 3600;
/// Attempts that failed together do not come back together: up to a fifth is added.
const JITTER: f64 = 0.2;

/// The pauses between the attempts of one delivery. Behind the last one the webhook is switched off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule(Vec<Duration>);

impl Default for Schedule {
    /// Ten attempts within three days and a bit, as Standard Webhooks proposes.
    fn default() -> Self {
        let seconds = [
            5 * SECOND,
            5 * MINUTE,
            30 * MINUTE,
            2 * HOUR,
            5 * HOUR,
            10 * HOUR,
            14 * HOUR,
            20 * HOUR,
            24 * HOUR,
        ];
        Self(seconds.map(Duration::from_secs).to_vec())
    }
}

impl Schedule {
    /// A schedule of these pauses.
    pub const fn new(pauses: Vec<Duration>) -> Self {
        Self(pauses)
    }

    /// The pause behind an attempt when `failed` had failed before it; `None` when it was the last one.
    /// `chance`, from 0 to 1, is how much of the jitter is added.
    pub fn pause(&self, failed: u32, chance: f64) -> Option<Duration> {
        let pause = self.0.get(usize::try_from(failed).ok()?)?;
        Some(pause.mul_f64(1.0 + JITTER * chance))
    }
}

/// What the shop's owner can choose, and tests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// When a delivery is tried again.
    pub schedule: Schedule,
    /// What one webhook may take up.
    pub circuit: Circuit,
    /// For how long a webhook is left alone when the circuit opens; doubled with every further failure.
    pub first_rest: Duration,
    /// At most for so long.
    pub longest_rest: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            schedule: Schedule::default(),
            circuit: Circuit {
                room: 2,
                opens: 5,
                lease: Duration::from_secs(60),
            },
            first_rest: Duration::from_secs(1),
            longest_rest: Duration::from_secs(60),
        }
    }
}

impl Settings {
    /// For how long a webhook is left alone that has now failed `failures` times in a row.
    pub fn rest(&self, failures: u32) -> Duration {
        let Some(more) = failures.checked_sub(self.circuit.opens) else {
            return Duration::ZERO;
        };
        let rest = self.first_rest.saturating_mul(1 << more.min(20));
        rest.min(self.longest_rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_attempts_take_three_days_and_a_little() {
        let schedule = Schedule::default();
        let pauses: Vec<Duration> = (0..).map_while(|n| schedule.pause(n, 0.0)).collect();
        assert_eq!(pauses.len(), 9);
        let hours = pauses.iter().sum::<Duration>().as_secs() / HOUR;
        assert_eq!(hours, 75);
        assert_eq!(schedule.pause(0, 1.0), Some(Duration::from_secs(6)));
    }

    #[test]
    fn the_circuit_rests_longer_with_every_failure_and_never_for_long() {
        let settings = Settings::default();
        let rests = [4, 5, 6, 10, 11, 4_000_000].map(|n| settings.rest(n).as_secs());
        assert_eq!(rests, [0, 1, 2, 32, 60, 60]);
    }
}
