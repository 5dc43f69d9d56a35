//! One file per behaviour; one binary, so that they are linked once.

#![expect(
    clippy::panic,
    reason = "a test panics to fail, or to see the panic handled"
)]

mod backoff;
mod births;
mod busy_sibling;
mod dynamic_children;
mod failing_start;
mod faults;
mod group;
mod intensity;
mod observer;
mod ordered_shutdown;
mod restart_types;
mod shutdown_during_restart;
mod snapshot_while_hung;
mod strategies;
mod support;
mod tasks;
mod watchdog;
