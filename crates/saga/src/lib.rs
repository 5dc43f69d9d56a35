//! The order saga as a model: the shop's scripts, services and provider without Redis.
//!
//! Two kinds of tests use it. A model checker visits every state that small scenarios can reach and checks
//! the [`invariants`] (`tests/checks`). Random sequences of calls run on the real scripts and on
//! [`scripts`], which must return and store the same (`crates/store/tests/steps/saga_model`). So the
//! checker's results on the model hold for the scripts.
//!
//! - [`scenario`]: products, a coupon, the orders to be placed, and the faults that may occur.
//! - [`state`]: the contents of Redis beside the streams; [`scripts`] change it, one function per script.
//! - [`world`]: adds the streams, the provider and the handlers in progress; [`actions`] are the
//!   possible transitions.
//!
//! **Invariant:** a script's function is as atomic as the script. Its caller's work before or after it - a
//! call to the provider, a read of a hash - is a separate action, and any action may happen between them.

pub mod actions;
pub mod event;
pub mod invariants;
mod payment_handler;
pub mod provider;
mod quiescence;
pub mod scenario;
pub mod scripts;
pub mod state;
mod step_handlers;
pub mod world;

pub use actions::Action;
pub use event::Event;
pub use scenario::{Mutation, Scenario};
pub use state::ShopState;
pub use world::World;
