//! The read model: the catalogue in memory, its search index, and the tasks that keep both current.

pub(crate) mod catalog;
mod catalog_follower;
mod indexer;
pub(crate) mod search;
