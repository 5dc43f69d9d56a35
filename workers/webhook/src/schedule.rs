//! Retry schedule of deliveries, and the settings of the service.

use std::time::Duration;

use store::webhook::Circuit;

const SECOND: u64 = 1;
const MINUTE: u64 = 60;
const HOUR: u64 = 3600;
/// Maximum jitter: deliveries that failed together are retried apart.
const JITTER: f64 = 0.2;

/// Pauses between the attempts of a delivery. After the last attempt the webhook is disabled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule(Vec<Duration>);

impl Default for Schedule {
    /// Returns ten attempts within about three days, as Standard Webhooks proposes.
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
    /// Returns a schedule of these pauses.
    pub const fn new(pauses: Vec<Duration>) -> Self {
        Self(pauses)
    }

    /// Returns the pause after an attempt that `failed` failed ones preceded; `None` after the last.
    /// `chance`, from 0 to 1, is the share of the jitter that is added.
    pub fn pause(&self, failed: u32, chance: f64) -> Option<Duration> {
        let pause = self.0.get(usize::try_from(failed).ok()?)?;
        Some(pause.mul_f64(1.0 + JITTER * chance))
    }
}

/// Settings of the webhook service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Retry schedule of deliveries.
    pub schedule: Schedule,
    /// Circuit breaker of each webhook.
    pub circuit: Circuit,
    /// Cooldown of a webhook when its circuit opens; doubled with every further failure.
    pub first_cooldown: Duration,
    /// Maximum cooldown.
    pub max_cooldown: Duration,
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
            first_cooldown: Duration::from_secs(1),
            max_cooldown: Duration::from_secs(60),
        }
    }
}

impl Settings {
    /// Returns the cooldown of a webhook after `failures` failures in a row.
    pub fn cooldown(&self, failures: u32) -> Duration {
        let Some(more) = failures.checked_sub(self.circuit.opens) else {
            return Duration::ZERO;
        };
        let cooldown = self.first_cooldown.saturating_mul(1 << more.min(20));
        cooldown.min(self.max_cooldown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_attempts_take_about_three_days() {
        let schedule = Schedule::default();
        let pauses: Vec<Duration> = (0..).map_while(|n| schedule.pause(n, 0.0)).collect();
        assert_eq!(pauses.len(), 9);
        let hours = pauses.iter().sum::<Duration>().as_secs() / HOUR;
        assert_eq!(hours, 75);
        assert_eq!(schedule.pause(0, 1.0), Some(Duration::from_secs(6)));
    }

    #[test]
    fn the_cooldown_grows_with_every_failure_up_to_a_minute() {
        let settings = Settings::default();
        let cooldowns = [4, 5, 6, 10, 11, 4_000_000].map(|n| settings.cooldown(n).as_secs());
        assert_eq!(cooldowns, [0, 1, 2, 32, 60, 60]);
    }
}
