//! Workloads: what measures a shop and what shows it, apart from what runs it.

pub mod bench;
pub mod demo;
pub mod load;
mod processes;
