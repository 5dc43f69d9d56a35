//! Behaviour of supervisors, one file per behaviour, in one binary to link once.

#![expect(
    clippy::panic,
    reason = "a test panics to fail, or to see the panic handled"
)]

mod backoff;
mod busy_sibling;
mod dynamic_children;
mod failing_start;
mod faults;
mod group;
mod harness;
mod intensity;
mod observer;
mod ordered_shutdown;
mod pending_starts;
mod restart_types;
mod shutdown_during_restart;
mod snapshot_while_hung;
mod strategies;
mod tasks;
mod watchdog;
