//! Messages leave for servers that take them, refuse them, or are away.

#![expect(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

mod desk;
mod low_stock;
mod mail;
mod once;
mod sms;
mod sms_server;
mod webhook_off;
