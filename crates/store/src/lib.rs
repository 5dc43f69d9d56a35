//! Typed access to the shop's Lua scripts: one module per context, one function per script.
//!
//! **Invariant:** this is the only crate that calls `lua/<context>`, and a service calls only its own
//! context's module. Each function is atomic.

pub mod account;
pub mod audit;
pub mod catalog;
mod entry_id;
pub mod idempotency;
pub mod inventory;
mod keys;
mod millis;
pub mod notification;
pub mod order;
pub mod payment;
pub mod promotion;
pub mod rate_limit;
mod read;
pub mod read_model;
mod scripts;
pub mod secret;
mod step;
pub mod webhook;

pub use entry_id::{EntryId, NotEntryId};
pub use read::read_event;
pub use step::Step;
pub use streamward::durability;

/// The store's result.
pub type Result<T, E = streamward::Error> = std::result::Result<T, E>;
