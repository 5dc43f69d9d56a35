//! Tests of the payment handler with a fake gateway, one behaviour per file.

#![expect(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

mod charge_limit;
mod fake_gateway;
mod harness;
mod opening;
mod polling;
