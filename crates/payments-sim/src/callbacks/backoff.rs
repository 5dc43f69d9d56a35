//! How long to wait before the next attempt.

use std::time::Duration;

use rand::Rng as _;

const FIRST: Duration = Duration::from_millis(200);
const LONGEST: Duration = Duration::from_secs(30);

/// The wait after attempt number `attempt` (from zero): doubling from 200 ms to 30 s, a fifth more
/// or less, so that what failed together does not come back together.
pub(super) fn after(attempt: u32) -> Duration {
    let doubled = FIRST.saturating_mul(1_u32.checked_shl(attempt).unwrap_or(u32::MAX));
    doubled
        .min(LONGEST)
        .mul_f64(rand::rng().random_range(0.8..1.2))
}

#[cfg(test)]
mod tests {
    use super::{LONGEST, after};

    #[test]
    fn doubles_up_to_a_bound() {
        assert!((160..240).contains(&after(0).as_millis()));
        assert!((320..480).contains(&after(1).as_millis()));
        for attempt in [10, 31, 32, 63, u32::MAX] {
            let wait = after(attempt);
            assert!(wait >= LONGEST.mul_f64(0.8) && wait < LONGEST.mul_f64(1.2));
        }
    }
}
