//! The parts of a shop that the commands and the workloads share: its supervision tree, its
//! redis-server, its data folder, and how a running shop is found.

pub mod api_client;
pub mod assembly;
mod auditor;
pub mod data_dir;
pub mod demo_catalog;
pub mod embedded_redis;
pub mod locate;
pub mod metrics;
pub mod output;
pub mod provider;
pub mod setting;
