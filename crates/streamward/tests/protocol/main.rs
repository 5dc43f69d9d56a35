//! The runtime's protocol over Redis Streams: scripts, roles, and everything that can go wrong.
//!
//! - [`model`]: what the scripts do to Redis, as functions on data in memory.
//! - [`differential`]: the model answers and changes exactly as a real server does.
//! - [`simulation`]: processes with the runtime's roles on the model, and an adversary; whatever it
//!   does, nothing is lost and nothing settled happens again.

#![expect(
    clippy::panic,
    reason = "a test panics to fail, and says at which call or step"
)]

mod differential;
mod model;
mod seeds;
mod simulation;
