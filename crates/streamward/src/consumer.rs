//! A consumer: one service's reading of one partition, as a tree of supervised roles.
//!
//! ```text
//! Intake ──jobs──▶ Worker × concurrency ──verdicts──▶ Settler
//! Reclaimer ──jobs──┘                                  (acks, parks, buries)
//! Timekeeper: due jobs ▶ inbox    Reaper: dead consumers' entries    Janitor: trims
//! Heartbeat: says that this consumer lives, retires it at the end
//! ```
//!
//! **Invariant:** the pending list in Redis is the only truth. Whatever a role holds in memory can
//! be lost at any await; the entry is still pending and comes back through the reclaimer.

mod heartbeat;
mod intake;
mod janitor;
mod lease;
mod options;
mod reaper;
mod reclaimer;
mod role;
mod settler;
mod shared;
mod slots;
mod timekeeper;
mod tree;
mod verdict;
mod worker;

pub use options::{Consumer, ConsumerError};
