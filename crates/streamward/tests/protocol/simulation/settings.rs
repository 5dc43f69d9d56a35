//! Settings of a world, drawn from its seed.

use std::time::Duration;

use rand::{Rng, rngs::StdRng, seq::IndexedRandom};
use supervision::Backoff;

use crate::consumer::{Options, Policy};

pub(super) const LEASE: Duration = Duration::from_secs(30);
pub(super) const HEARTBEAT: Duration = Duration::from_secs(3);
pub(super) const DRAIN: Duration = Duration::from_secs(5);
pub(super) const MAX_ATTEMPTS: u32 = 8;
pub(super) const MAX_CRASHES: u32 = 3;

/// Values that differ between worlds.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) processes: usize,
    pub(super) workers: usize,
    /// Entries that may be parked per stream.
    pub(super) room: usize,
    pub(super) retention: Duration,
    /// Limit of entries in flight over all processes.
    pub(super) across: Option<usize>,
    pub(super) timeout: Duration,
    /// Probability per step that the adversary acts.
    pub(super) malice: f64,
    /// Whether nearly every entry fails at first, so that the parking is full.
    pub(super) crowded: bool,
    pub(super) entries: u64,
    pub(super) faults: u64,
}

impl Settings {
    pub(super) fn draw(rng: &mut StdRng) -> Self {
        let crowded = rng.random_bool(0.05);
        let days = |days: u64| Duration::from_secs(days * 24 * 3600);
        let retention = [Duration::from_secs(1), Duration::from_secs(60), days(1)];
        let timeout = [Duration::from_secs(10), days(1), days(1), days(1)];
        let across = [None, None, None, None, None, None, Some(2), Some(4)];
        let pick = "a choice is never empty";
        Self {
            processes: rng.random_range(2..=4),
            workers: rng.random_range(1..=3),
            room: *[1, 2, 5000].choose(rng).expect(pick),
            retention: *retention.choose(rng).expect(pick),
            across: *across.choose(rng).expect(pick),
            timeout: *timeout.choose(rng).expect(pick),
            malice: rng.random_range(0.005..0.05),
            entries: rng.random_range(3..=12),
            faults: rng.random_range(0..=16),
            crowded,
        }
        .crowd()
    }

    /// A crowded world has one worker and many parked entries, and peace: the sweep over the pending
    /// list must come to its end.
    fn crowd(mut self) -> Self {
        if self.crowded {
            (self.processes, self.workers, self.room) = (1, 1, 5000);
            (self.entries, self.faults, self.across) = (30, 0, None);
        }
        self
    }

    pub(super) fn options(&self) -> Options {
        Options {
            service: "shipping".into(),
            on_demand: Vec::new(),
            demand: None,
            reads: vec!["orders".to_owned()],
            writes: Vec::new(),
            concurrency: self.workers,
            timeout: self.timeout,
            lease: LEASE,
            policy: Policy {
                backoff: backoff(),
                max_attempts: MAX_ATTEMPTS,
                max_crashes: MAX_CRASHES,
            },
            max_parked: self.room,
            ordered: false,
            per_second: None,
            across_processes: self.across,
            drain: DRAIN,
            heartbeat: HEARTBEAT,
            retention: self.retention,
        }
    }
}

/// The pauses between attempts, without jitter, so that a seed is always the same world.
pub(super) fn backoff() -> Backoff {
    let backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(10), 0.0);
    backoff.expect("a valid backoff")
}
