//! Expected state of supervisors and their children, per run of a supervisor.

use std::fmt;
use std::sync::Arc;

use supervision::{Restart, Strategy};

use crate::shape::{Body, Child, Shape};

/// End of a run; one that was quitting and faulted may have ended either way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LastRun {
    pub(crate) quit: bool,
    pub(crate) faulted: bool,
}

/// A run of a supervisor.
pub(crate) struct SupervisorModel {
    pub(crate) shape: Arc<Shape>,
    pub(crate) children: Vec<ChildModel>,
    pub(crate) faulted: bool,
    /// Reason of giving up.
    pub(crate) gave_up: Option<String>,
    /// Restarts of children for their own exit.
    pub(crate) restarts: u32,
    /// Unrequested exits and failed starts of descendants.
    pub(crate) causes: u32,
}

/// A child of one run of a supervisor.
pub(crate) struct ChildModel {
    pub(crate) name: String,
    pub(crate) spec: Arc<Child>,
    /// Ascending in start order.
    pub(crate) number: u64,
    pub(crate) grouped: bool,
    /// Added at run time.
    pub(crate) dynamic: bool,
    /// Its removal was requested.
    pub(crate) removing: bool,
    pub(crate) starts: u32,
    /// The observer reported its restart, and the run has not started yet.
    pub(crate) restart_announced: bool,
    pub(crate) last: Option<LastRun>,
}

impl fmt::Display for ChildModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, restart) = (&self.name, self.spec.restart);
        write!(f, "{name} {restart:?} ")?;
        match &self.spec.body {
            Body::Actor(settings) | Body::Group(settings, _) => write!(f, "actor {settings:?}"),
            Body::Task(settings) => write!(f, "task {settings:?}"),
            Body::Supervisor(_) => write!(f, "supervisor"),
        }
    }
}

impl ChildModel {
    pub(crate) fn is_supervisor(&self) -> bool {
        matches!(self.spec.body, Body::Supervisor(_))
    }

    pub(crate) fn is_actor(&self) -> bool {
        matches!(self.spec.body, Body::Actor(_) | Body::Group(..))
    }

    pub(crate) fn is_temporary(&self) -> bool {
        self.spec.restart == Restart::Temporary
    }

    pub(crate) fn same_group(&self, other: &Self) -> bool {
        self.grouped && Arc::ptr_eq(&self.spec, &other.spec)
    }
}

impl SupervisorModel {
    pub(crate) fn is_joint(&self) -> bool {
        self.shape.strategy != Strategy::OneForOne
    }

    pub(crate) fn member(&self, name: &str) -> Option<&ChildModel> {
        self.children.iter().find(|model| model.name == name)
    }

    pub(crate) fn member_mut(&mut self, name: &str) -> Option<&mut ChildModel> {
        self.children.iter_mut().find(|model| model.name == name)
    }
}

/// Returns the path of `name` below `parent`.
pub(crate) fn join(parent: &str, name: &str) -> String {
    if parent.is_empty() {
        name.to_owned()
    } else {
        format!("{parent}/{name}")
    }
}

/// Returns the parent's path and the name.
pub(crate) fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}
