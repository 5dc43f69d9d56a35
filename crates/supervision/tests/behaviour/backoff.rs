//! Delay before a restart.

use std::time::Duration;

use supervision::{Backoff, BackoffError, Fault, Intensity, SupervisorSpec};
use tokio::time::Instant;

use crate::harness::{Harness, steady, until_restarted};

const MS: Duration = Duration::from_millis(1);

#[test]
fn delays_double_up_to_the_largest() {
    let delays: Vec<_> = [0, 1, 2, 3, 7, 8, 40]
        .map(|n| steady().delay(n).as_millis())
        .into();
    assert_eq!(delays, [0, 100, 200, 400, 6_400, 10_000, 10_000]);
}

#[test]
fn jitter_shortens_delays_randomly() {
    let backoff = Backoff::new(100 * MS, 10_000 * MS, 0.5).expect("valid");
    let delays: Vec<_> = (0..100).map(|_| backoff.delay(2)).collect();
    assert!(
        delays
            .iter()
            .all(|delay| (100 * MS..=200 * MS).contains(delay)),
        "{delays:?}"
    );
    assert!(delays.iter().any(|delay| *delay != delays[0]));
}

#[test]
fn invalid_parameters_are_rejected() {
    assert_eq!(
        Backoff::new(Duration::ZERO, MS, 0.0),
        Err(BackoffError::ZeroInitial)
    );
    let above = BackoffError::InitialAboveMax {
        initial: 2 * MS,
        max: MS,
    };
    assert_eq!(Backoff::new(2 * MS, MS, 0.0), Err(above));
    assert_eq!(Backoff::new(MS, MS, 1.0), Err(BackoffError::Jitter(1.0)));
    assert!(Backoff::new(MS, MS, f64::NAN).is_err());
}

#[tokio::test(start_paused = true)]
async fn consecutive_crashes_double_the_delay_until_a_long_run_resets_it() {
    let harness = Harness::default();
    let unlimited = Intensity {
        max_restarts: 100,
        within: 10_000 * MS,
    };
    let backoff = Backoff::new(100 * MS, 400 * MS, 0.0).expect("valid");
    let spec = SupervisorSpec::new("root")
        .intensity(unlimited)
        .backoff(backoff);
    let tree = spec
        .child(harness.actor("a"))
        .start()
        .await
        .expect("starts");
    let mut delays = Vec::new();
    for restarts in 1..=6 {
        if restarts == 6 {
            tokio::time::advance(401 * MS).await;
        }
        let crashed = Instant::now();
        tree.crash("a", Fault::Kill).expect("a runs");
        until_restarted(&tree, "a", restarts).await;
        // The polling and tokio's timer wheel round up by a few milliseconds.
        delays.push(crashed.elapsed().as_millis() / 20 * 20);
    }
    assert_eq!(delays, [100, 200, 400, 400, 400, 100]);
}
