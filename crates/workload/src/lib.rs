//! Workloads: the load generator, the benchmark and the demo.
//!
//! They drive a shop from outside, in processes of their own, except where `bench` measures the
//! services without HTTP: it takes the tree from [`shop::assembly`].

#![expect(
    clippy::missing_errors_doc,
    reason = "errors are anyhow's: their text names what failed, and is read by people only"
)]

pub mod bench;
pub mod demo;
pub mod load;
mod processes;
mod session;
