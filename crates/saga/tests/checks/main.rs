//! Every state that small shops can reach keeps the invariants, every order ends, and each thing done
//! wrongly on purpose is found.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(
    clippy::print_stdout,
    reason = "--nocapture shows how many states there are"
)]

mod checker;
mod circles;
mod mutations;
mod shops;
mod walks;
