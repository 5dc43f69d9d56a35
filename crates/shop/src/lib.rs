//! The parts of a shop that commands and workloads share: its supervision tree, its redis-server,
//! its data folder, and how a running shop is found.

#![expect(
    clippy::missing_errors_doc,
    reason = "errors are anyhow's: their text names what failed, and is read by people only"
)]

use std::borrow::Cow;

pub mod api_client;
pub mod assembly;
mod auditor;
pub mod data_dir;
pub mod demo_catalog;
pub mod embedded_redis;
pub mod follower;
pub mod locate;
pub mod metrics;
pub mod output;
pub mod provider;

/// A setting that cannot work: it names itself, and the process exits with 64.
#[derive(Debug, thiserror::Error)]
#[error("setting {name}: {problem}")]
pub struct BadSetting {
    name: Cow<'static, str>,
    problem: String,
}

impl BadSetting {
    /// Creates the error of the setting `name`, as it is written on the command line.
    pub fn new(name: impl Into<Cow<'static, str>>, problem: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            problem: problem.into(),
        }
    }

    /// Returns a conversion of any error into that of the setting `name`.
    pub fn of<E: std::fmt::Display>(name: &'static str) -> impl FnOnce(E) -> Self {
        move |error| Self::new(name, error.to_string())
    }
}
