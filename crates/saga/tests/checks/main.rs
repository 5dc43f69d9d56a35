//! Model checks: every state of small scenarios keeps the invariants, every order ends, and every seeded
//! mistake is found.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(
    clippy::print_stdout,
    reason = "--nocapture shows the number of states"
)]

mod checker;
mod exhaustive;
mod mutations;
mod scenarios;
mod termination;
