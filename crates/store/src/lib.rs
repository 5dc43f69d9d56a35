//! Typed access to the shop's Lua scripts: one module per context, one function per script.
//!
//! **Invariant:** this is the only crate that calls `lua/<context>`, and a service calls only its own
//! context's module. Each function is atomic. Unless its description says more, a function fails with
//! [`streamward::Error`] alone: Redis cannot be reached, or answers what the script's header does not list.

#![expect(
    clippy::missing_errors_doc,
    reason = "the same for every function, stated above"
)]

#[macro_use]
mod script;

pub mod account;
pub mod audit;
pub mod catalog;
mod entry_id;
pub mod idempotency;
pub mod inventory;
mod keys;
pub mod layout;
pub mod notification;
pub mod order;
pub mod password_reset;
pub mod payment;
pub mod probe;
pub mod promotion;
pub mod rate_limit;
mod read;
pub mod read_model;
pub mod secret;
mod step;
pub mod webhook;

pub use entry_id::{EntryId, NotEntryId};
pub use keys::streams;
pub use step::Step;
pub use streamward::durability;

/// The store's result.
pub type Result<T, E = streamward::Error> = std::result::Result<T, E>;
