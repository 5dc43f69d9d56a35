//! End-to-end tests over real processes: `streamward`, redis-server, HTTP.
//!
//! Every test ends with an audit, and a [`shop::Shop`] that is dropped without one fails its test.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper of a test may fail the test"
)]

mod admin_refund;
mod always_on_audit;
mod amount_mismatch;
mod bad_settings;
mod catalogue_files;
mod coupons;
mod crash_of_a_worker;
mod customer_cancels;
mod declined_then_paid;
mod deliveries;
mod distributed_shop;
mod drain;
mod embedded_redis;
mod everything_at_once;
mod flash_sale;
mod flood_of_logins;
mod forgotten_password;
mod frozen_worker_process;
mod happy;
mod idempotency;
mod kill_9_of_a_worker_process;
mod kill_9_of_everything;
mod listening;
mod log_lost;
mod mail_server_away;
mod many_dead_letters;
mod merchant_webhooks;
mod one_service_away;
mod out_of_stock;
mod pages;
mod payment_timeout;
mod process;
mod provider_faults;
mod provider_trouble;
mod redis_away;
mod redis_cli;
mod refund_mail;
mod reminder;
mod shared_limit;
mod shop;
mod silent_reader;
mod slow_charges;
mod soak;
mod sold_out;
mod split_shop;
mod staff;
mod starting;
mod tools;
mod two_auditors;
mod two_clocks;
mod walkthroughs;
mod watching;
mod worker_pages;
