//! The part of Redis that the runtime uses, in memory and with a clock of its own.
//!
//! [`Command`] is its face: it reads commands as the roles send them and answers as Redis does. The
//! differential tests hold it against a real server; the simulation reads the data behind it to judge
//! the roles.

mod call;
mod claiming;
mod command;
mod handling;
mod ids;
mod packed;
mod parking;
mod queues;
mod server;
mod service;
mod streams;
mod upkeep;

pub(super) use self::{
    call::ScriptCall,
    claiming::Reclaim,
    command::{Command, Loaded, bulk, int, list},
    handling::Receipt,
    ids::Id,
    packed::Postponed,
    parking::{Letter, Terms},
    server::{Model, Refused},
    service::Service,
    streams::{Blob, Fields, Name, Pending, Stream},
};

/// The consumer that owns entries in backoff.
pub(super) const PARKING: &str = crate::keys::PARKING;
