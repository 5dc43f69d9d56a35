//! Random trees, to which random things happen at random moments, keep every promise.
//!
//! A story is determined by its seed: the tree, what its children do by themselves, and what is
//! done to it. The children write down what happens to them, and the book checks every line. To
//! repeat one story: `STREAMWARD_SEED=17 cargo test -p streamward-supervision --test stress`.

#![expect(
    clippy::panic,
    reason = "a test panics to fail, or to see the panic handled"
)]

mod announcements;
mod book;
mod calls;
mod cast;
mod driver;
mod ending;
mod family;
mod kin;
mod orders;
mod rules;
mod runs;
mod settle;
mod shape;
mod subject;
mod theatre;

use driver::Profile;
use theatre::perform;

/// The one seed to tell, when somebody wants to see it again.
#[expect(
    clippy::disallowed_methods,
    reason = "a test target has no command line of its own"
)]
fn only_seed() -> Option<u64> {
    let seed = std::env::var("STREAMWARD_SEED").ok()?;
    Some(seed.parse().expect("STREAMWARD_SEED is a number"))
}

#[test]
fn trees_with_patience_heal() {
    let profile = Profile {
        steps: 20,
        tight: 0.0,
        root_struck: 0.0,
        quiet_end: 0.8,
    };
    perform(profile, 0..2000, only_seed());
}

#[test]
fn trees_that_give_up_leave_nothing_behind() {
    let profile = Profile {
        steps: 15,
        tight: 0.6,
        root_struck: 0.01,
        quiet_end: 0.5,
    };
    perform(profile, 10_000..12_000, only_seed());
}

#[test]
fn trees_shut_down_in_the_middle_of_everything_end_in_time() {
    let profile = Profile {
        steps: 4,
        tight: 0.1,
        root_struck: 0.01,
        quiet_end: 0.0,
    };
    perform(profile, 20_000..23_000, only_seed());
}
