//! Tests of the notification handler with servers that accept, refuse or fail.

#![expect(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

mod disabled_webhooks;
mod harness;
mod idempotency;
mod low_stock;
mod mail;
mod password_reset;
mod sms;
mod sms_server;
