//! Stories over real processes: `streamward` as people run it, real redis-servers, real HTTP.
//!
//! Every story ends with an audit, and a [`shop::Shop`] that is dropped without one fails its test.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper of a test may fail the test"
)]

mod bad_settings;
mod crash_of_a_worker;
mod declined_then_paid;
mod embedded_redis;
mod frozen_worker_process;
mod happy;
mod idempotency;
mod kill_9_of_a_worker_process;
mod kill_9_of_everything;
mod many_dead_letters;
mod out_of_stock;
mod payment_timeout;
mod process;
mod provider_trouble;
mod redis_cli;
mod roles;
mod shop;
mod silent_reader;
mod tools;
mod watching;
mod worker_pages;
