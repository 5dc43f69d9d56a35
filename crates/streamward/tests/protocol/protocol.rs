//! The runtime's protocol over Redis Streams: scripts, roles, and everything that can go wrong.
//!
//! - [`model`]: Redis in memory, as far as the runtime uses it.
//! - [`differential`]: the model answers and changes exactly as a real server does.
//! - [`simulation`]: processes with the runtime's own roles on the model, and an adversary; whatever it
//!   does, nothing is lost and nothing settled happens again.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "values of Redis are an open set; the tests read those that the runtime gets"
)]

mod differential;
mod model;
mod seeds;
mod simulation;
