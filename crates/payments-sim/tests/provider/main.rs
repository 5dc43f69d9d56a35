//! Tests of the provider over HTTP, with a shop that receives its callbacks.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(
    clippy::disallowed_methods,
    reason = "a test awaits its own tasks and uses the wall clock"
)]

mod auth;
mod bad_parameters;
mod cancel;
mod charges;
mod checkout;
mod declined;
mod fault_delivery;
mod fault_requests;
mod fault_settings;
mod idempotency;
mod in_process;
mod journal;
mod killed;
mod lists;
mod pay_page;
mod refunds;
mod silent;
mod slow;
mod succeeds;
mod support;
mod updates;
