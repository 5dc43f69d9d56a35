//! The roles of a shop as processes: all in one, or one each.

pub(crate) mod api;
mod http;
mod messages;
pub(crate) mod process;
pub(crate) mod provider;
pub(crate) mod settings;
mod startup;
pub(crate) mod up;
mod webhooks;
pub(crate) mod worker;
