//! The order saga as a model: what the shop's scripts, services and provider do, without Redis.
//!
//! Two kinds of tests use it. A model checker walks through every state that small shops can reach and
//! holds them against [`invariants`] (`tests/checks`). Random sequences of calls are made on the real scripts
//! and on [`scripts`], which must answer and leave the same (`crates/store/tests/steps/saga`). So what the
//! checker finds out about the model holds for the scripts.
//!
//! - [`shop`] says what is there: products, a coupon, what each order asks for, and what may go wrong.
//! - [`books`] are what lies in Redis beside the streams; [`scripts`] change them, one function per script.
//! - [`world`] adds the streams, the provider and the steps of handlers that are under way;
//!   [`actions`] are what may happen next.
//!
//! **Invariant:** a script's function is as atomic as the script. Whatever its caller does before or
//! after it - ask the provider, read a hash - is another action, and anything may happen between them.

pub mod actions;
pub mod books;
pub mod event;
pub mod invariants;
mod payment_run;
pub mod provider;
pub mod scripts;
mod services;
pub mod shop;
pub mod world;

pub use actions::Action;
pub use books::Books;
pub use event::Event;
pub use shop::{Mutation, Shop};
pub use world::World;
