//! Behaviour of consumers, one file each. A single binary, so that they are linked once.

#![expect(
    clippy::panic,
    reason = "a test panics to fail, or to see the panic handled"
)]

mod bounds;
mod call_log;
mod connections;
mod crashes;
mod dead_letters;
mod demand;
mod drain;
mod handing_over;
mod harness;
mod healing;
mod inspection;
mod lanes;
mod leases;
mod limits;
mod messages;
mod ordering;
mod outages;
mod outcomes;
mod partitions;
mod poison;
mod postponing;
mod pressure;
mod refusals;
mod rehearsing;
mod restarts;
mod retention;
mod retries;
mod scripts;
mod stepping;
mod tidying;
mod timers;
mod traces;
