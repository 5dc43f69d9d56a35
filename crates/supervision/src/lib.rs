#![doc = include_str!("../README.md")]

mod backoff;
mod child;
mod context;
mod error;
mod exit;
mod fault;
mod node;
mod policy;
mod record;
mod run;
mod shutdown_report;
mod spec;
mod supervisor;
mod tree;

pub use backoff::{Backoff, BackoffError};
pub use child::ChildSpec;
pub use context::{BoxError, ChildContext, Pulse, TaskContext};
pub use error::{ChildError, CrashError, SpecError, StartError, UnknownPath};
pub use fault::{Fault, UnknownFault};
pub use node::{Node, NodeKind, NodeState};
pub use policy::{Intensity, Restart, Shutdown, Strategy};
pub use shutdown_report::ShutdownReport;
pub use spec::{Observer, SupervisorSpec};
pub use tree::{Ended, Tree};

/// The actor framework whose traits appear in this crate's signatures.
pub use ractor;
/// Type of [`TaskContext::stopping`].
pub use tokio_util::sync::CancellationToken;
