#![doc = include_str!("../README.md")]

pub mod clock;
mod consumer;
pub mod dead;
pub mod delay;
mod entry;
mod error;
pub mod groups;
mod handler;
pub mod inspect;
mod keys;
pub mod metrics;
mod outcome;
mod producer;
mod reply;
mod runtime;
mod script;
mod scripts;
mod server;
mod trace;

pub use consumer::{Consumer, ConsumerError};
pub use entry::{Envelope, RawEntry, pack, pack_head, unpack};
pub use error::{Error, Remedy, Result, remedy};
pub use handler::{Delivery, Handler, Inbound, Receipt};
pub use keys::{Namespace, PARKING, Partition, check_part};
pub use outcome::{Cause, Outcome};
pub use producer::publish;
pub use runtime::{Runtime, info_field};
pub use script::{Call, Reply, Script};
pub use server::{Link, Server};
pub use supervision::Backoff;
pub use trace::TraceParent;
