//! The numbers of the runtime's defaults, and what they make of an outcome.

use rand::{Rng, rngs::StdRng};

pub(super) const LEASE: u64 = 30_000;
pub(super) const HEARTBEAT: u64 = 3000;
pub(super) const MAX_ATTEMPTS: u64 = 8;
pub(super) const MAX_CRASHES: u64 = 3;
pub(super) const DRAIN: u64 = 5000;
/// A janitor that has gone is followed by another after this.
pub(super) const LEAD: u64 = 10_000;
/// The tick of reclaimer and timekeeper.
pub(super) const TICK: u64 = 25;
/// After a failed pass.
pub(super) const PAUSE: u64 = 100;

const FIRST_BACKOFF: u64 = 100;
const LONGEST_BACKOFF: u64 = 10_000;

/// The pause before the try after this many errors, shortened by up to a fifth.
pub(super) fn backoff(attempt: u64, rng: &mut StdRng) -> u64 {
    let doublings = u32::try_from(attempt - 1).expect("few");
    let full = FIRST_BACKOFF * 2_u64.pow(doublings);
    let full = full.min(LONGEST_BACKOFF);
    full - rng.random_range(0..=full / 5)
}

/// Whether an entry has had too many deliveries that ended without an outcome.
pub(super) const fn is_too_dangerous(deliveries: u64, failed: u64) -> bool {
    deliveries.saturating_sub(failed + 1) >= MAX_CRASHES
}
