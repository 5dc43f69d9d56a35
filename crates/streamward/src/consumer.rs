//! A consumer: one service's reading of one partition, as a tree of supervised roles.
//!
//! ```text
//! read      Intake ──jobs──┐                 admission, rate limit, quarantine of poison messages
//! recover   Reclaimer ─────┴▶ Worker × concurrency ──dispositions──▶ Settler   settle
//!           Renewer: keeps the leases of long handlers
//!           Reaper: takes over the entries of dead consumers
//! maintain  Scheduler: due jobs ▶ inbox      Heartbeat: proves that this process lives
//!           Janitor: trims, checkpoints      MetricsSampler: queue gauges
//! key_order one entry per key at a time; Owner: one reading process per partition
//! ```
//!
//! **Invariant:** the pending list in Redis is the only truth. Everything that a role holds in
//! memory can be lost at any await; the entry is still pending and comes back through the reclaimer.

mod identity;
mod key_order;
mod maintain;
mod options;
mod read;
mod recover;
mod role;
mod settle;
mod shared;
mod tree;
mod work;

pub(crate) use identity::next_name;
pub use options::{Consumer, ConsumerError};
// For the test kit, which runs each role by hand.
pub(crate) use {
    key_order::owner::Owner,
    maintain::{heartbeat::Heartbeat, janitor::Janitor, scheduler::Scheduler},
    options::Options,
    read::intake::Intake,
    recover::{reaper::Reaper, reclaimer::Reclaimer, recovery::recover, renewer::Renewer},
    role::Role,
    settle::settler::Settler,
    shared::Shared,
    work::{
        poison::PoisonWatch,
        policy::Decision,
        worker::{attempt, perform},
    },
};
