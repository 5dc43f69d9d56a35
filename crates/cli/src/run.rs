//! The roles of a shop as processes: all in one, or one each.

mod http;
mod messages;
pub(crate) mod process;
mod provider;
pub(crate) mod roles;
pub(crate) mod settings;
pub(crate) mod up;
mod webhooks;
