//! Random trees under random faults and requests keep every promise of the crate.
//!
//! A seed determines a scenario: the tree, the behaviour of its children, and the faults and requests
//! sent to it. Children report their life cycle, and the checker verifies every event. To repeat one
//! scenario: `STREAMWARD_SEED=17 cargo test -p streamward-supervision --test stress`.

#![expect(
    clippy::panic,
    reason = "a test panics to fail, or to see the panic handled"
)]

mod build;
mod checker;
mod commands;
mod driver;
mod event_rules;
mod membership;
mod model;
mod quiescence;
mod requests;
mod restart_rules;
mod run_events;
mod runner;
mod shape;
mod shutdown_rules;
mod test_actor;

use driver::Profile;
use runner::run_seeds;

/// Returns the only seed to run, from the environment.
#[expect(
    clippy::disallowed_methods,
    reason = "a test target has no command line of its own"
)]
fn only_seed() -> Option<u64> {
    let seed = std::env::var("STREAMWARD_SEED").ok()?;
    Some(seed.parse().expect("STREAMWARD_SEED is a number"))
}

#[test]
fn trees_with_unlimited_restarts_recover() {
    let profile = Profile {
        steps: 20,
        tight: 0.0,
        root_fault: 0.0,
        quiet_end: 0.8,
    };
    run_seeds(profile, 0..2000, only_seed());
}

#[test]
fn trees_that_give_up_leave_no_child_running() {
    let profile = Profile {
        steps: 15,
        tight: 0.6,
        root_fault: 0.01,
        quiet_end: 0.5,
    };
    run_seeds(profile, 10_000..12_000, only_seed());
}

#[test]
fn a_shutdown_during_restarts_ends_in_time() {
    let profile = Profile {
        steps: 4,
        tight: 0.1,
        root_fault: 0.01,
        quiet_end: 0.0,
    };
    run_seeds(profile, 20_000..23_000, only_seed());
}
