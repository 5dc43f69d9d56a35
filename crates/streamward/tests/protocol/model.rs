//! The part of Redis that the runtime's scripts touch, in memory and with a clock of its own.
//!
//! Everything is public to the tests on purpose: the differential tests hold it against a real
//! server, and the simulation reads it to judge what the roles did.

mod claiming;
mod handling;
mod ids;
mod packed;
mod parking;
mod queues;
mod server;
mod service;
mod streams;
mod upkeep;

pub(crate) use self::{
    claiming::{Claimed, Reclaim, Reclaimed, Recovered, Takeover},
    handling::{Receipt, Renewed},
    ids::Id,
    packed::Postponed,
    parking::{BuryReply, Letter, ParkReply, Terms},
    queues::Promoted,
    server::{Model, Refused},
    service::Service,
    streams::{Blob, Fields, Name, Stream, field},
    upkeep::{Ensured, Lead},
};

/// The consumer that owns what backs off.
pub(crate) const PARKING: &str = streamward::PARKING;
