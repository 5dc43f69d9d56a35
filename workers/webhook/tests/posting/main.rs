//! Tests of the webhook handler with endpoints that accept, refuse, hang or must not be reached.

#![expect(clippy::unwrap_used, reason = "a helper of a test may fail the test")]

mod harness;
mod isolation;
mod payload;
mod responses;
mod signatures;
mod ssrf;
