#![doc = include_str!("../README.md")]

pub mod clock;
mod consumer;
pub mod dead;
pub mod delay;
pub mod durability;
mod entry;
mod error;
pub mod groups;
mod handler;
pub mod inspect;
mod keys;
mod leadership;
mod message;
pub mod metrics;
pub mod outage;
mod outcome;
pub mod pressure;
mod producer;
#[cfg(test)]
#[path = "../tests/protocol/protocol.rs"]
mod protocol;
mod reply;
mod runtime;
mod script;
mod scripts;
mod server;
pub mod testing;
mod trace;

pub use consumer::{Consumer, ConsumerError, Demand};
pub use entry::{Envelope, RawEntry, pack, pack_head, unpack};
pub use error::{Class, Error, RedisFailure, Result};
pub use handler::{Delivery, Handler, Inbound, Receipt};
pub use keys::{Namespace, PARKING, Partition};
pub use leadership::Leadership;
pub use message::{Message, Undecodable, decode};
pub use outcome::{Cause, Outcome};
pub use producer::{publish, send};
/// The Redis client, whose types stand in signatures of the lower layer.
pub use redis;
pub use runtime::Runtime;
pub use script::{Call, Include, IncludeError, Reply, Script};
pub use server::{Server, SharedConnection};
/// The supervision trees that consumers run in.
pub use supervision;
pub use supervision::{Backoff, StartError, SupervisorSpec, Tree};
pub use trace::TraceParent;
