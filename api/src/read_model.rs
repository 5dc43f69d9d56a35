//! The read model: the catalogue in memory, its search index, and the tasks that keep both current.
//!
//! [`catalog`] and [`search`] know nothing of each other: both keep [`item`]s, and a search returns their numbers.

pub(crate) mod catalog;
mod catalog_follower;
mod indexer;
pub(crate) mod item;
pub(crate) mod search;
