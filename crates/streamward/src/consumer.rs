//! A consumer: one service's reading of one partition, as a tree of supervised roles.
//!
//! ```text
//! Intake ──jobs──▶ Worker × concurrency ──verdicts──▶ Settler
//! Reclaimer ──jobs──┘                                  (acks, parks, buries)
//! Renewer: keeps leases of long handlers      Heartbeat: says that this consumer lives
//! Timekeeper: due jobs ▶ inbox                Reaper: takes over dead consumers' entries
//! Janitor: trims, notes checkpoints, sweeps   Surveyor: shows how the queues stand
//! PoisonWatch: knows what is quarantined      Owner: one reader at a time, for ordered keys
//! ```
//!
//! **Invariant:** the pending list in Redis is the only truth. Whatever a role holds in memory can
//! be lost at any await; the entry is still pending and comes back through the reclaimer.

mod admission;
mod burying;
mod heartbeat;
mod holdings;
mod identity;
mod intake;
mod janitor;
mod lead;
mod lease;
mod lining_up;
mod options;
mod owner;
mod parking;
mod poison;
mod policy;
mod reaper;
mod reclaimer;
mod recovery;
mod renewer;
mod role;
mod rotation;
mod settler;
mod shared;
mod slots;
mod surveyor;
mod throttle;
mod timekeeper;
mod tree;
mod turns;
mod verdict;
mod worker;

pub(crate) use identity::next_name;
pub use options::{Consumer, ConsumerError};
// What the test kit runs by hand.
pub(crate) use {
    heartbeat::Heartbeat,
    intake::Intake,
    janitor::Janitor,
    options::Options,
    owner::Owner,
    poison::PoisonWatch,
    policy::Judgement,
    reaper::Reaper,
    reclaimer::Reclaimer,
    recovery::recover,
    renewer::Renewer,
    role::Role,
    settler::Settler,
    shared::Shared,
    timekeeper::Timekeeper,
    worker::{attempt, perform},
};
