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

mod connection;
mod identity;
mod key_order;
mod maintain;
mod options;
mod read;
mod recover;
mod role;
mod roles;
mod settle;
mod tree;
mod work;

pub(crate) use connection::{Connection, Environment, millis};
pub use options::{Consumer, ConsumerError};
pub use read::demand::Demand;
// For the test kit, which runs each role by hand.
pub(crate) use {
    identity::next_name,
    maintain::janitor::Janitor,
    options::Options,
    read::intake::Intake,
    recover::{reclaimer::Reclaimer, renewer::Renewer},
    role::Role,
    roles::Roles,
    work::{policy::Decision, worker::attempt},
};
// For the simulation, which runs them all on a server in memory.
#[cfg(test)]
pub(crate) use {
    connection::BoxedConnection, identity::Identity, role::Next, work::policy::Policy,
};
