//! What the book knows about supervisors and their children, one run of a supervisor at a time.

use std::fmt;
use std::sync::Arc;

use supervision::{Restart, Strategy};

use crate::shape::{Body, Child, Shape};

/// How a run ended. One that was quitting and struck may have ended either way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LastRun {
    pub(crate) quit: bool,
    pub(crate) struck: bool,
}

/// One run of a supervisor.
pub(crate) struct Family {
    pub(crate) shape: Arc<Shape>,
    pub(crate) kin: Vec<Kin>,
    pub(crate) struck: bool,
    /// Its last words, once it gave up.
    pub(crate) gave_up: Option<String>,
    /// Restarts of children for a reason of their own.
    pub(crate) restarts: u32,
    /// Ends and failed starts anywhere below that nobody asked for.
    pub(crate) causes: u32,
}

/// One child of one run of a supervisor.
pub(crate) struct Kin {
    pub(crate) name: String,
    pub(crate) child: Arc<Child>,
    /// Grows in start order.
    pub(crate) number: u64,
    pub(crate) grouped: bool,
    /// Added at run time.
    pub(crate) dynamic: bool,
    /// Somebody asked for its removal.
    pub(crate) leaving: bool,
    pub(crate) starts: u32,
    /// It may be started again: this was announced and has not happened yet.
    pub(crate) announced: bool,
    pub(crate) last: Option<LastRun>,
}

impl fmt::Display for Kin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, restart) = (&self.name, self.child.restart);
        write!(f, "{name} {restart:?} ")?;
        match &self.child.body {
            Body::Actor(habits) | Body::Group(habits, _) => write!(f, "actor {habits:?}"),
            Body::Task(habits) => write!(f, "task {habits:?}"),
            Body::Supervisor(_) => write!(f, "supervisor"),
        }
    }
}

impl Kin {
    pub(crate) fn is_supervisor(&self) -> bool {
        matches!(self.child.body, Body::Supervisor(_))
    }

    pub(crate) fn is_actor(&self) -> bool {
        matches!(self.child.body, Body::Actor(_) | Body::Group(..))
    }

    pub(crate) fn is_temporary(&self) -> bool {
        self.child.restart == Restart::Temporary
    }

    pub(crate) fn same_group(&self, other: &Self) -> bool {
        self.grouped && Arc::ptr_eq(&self.child, &other.child)
    }
}

impl Family {
    pub(crate) fn is_joint(&self) -> bool {
        self.shape.strategy != Strategy::OneForOne
    }

    pub(crate) fn member(&self, name: &str) -> Option<&Kin> {
        self.kin.iter().find(|kin| kin.name == name)
    }

    pub(crate) fn member_mut(&mut self, name: &str) -> Option<&mut Kin> {
        self.kin.iter_mut().find(|kin| kin.name == name)
    }
}

/// `name` below `parent`.
pub(crate) fn join(parent: &str, name: &str) -> String {
    if parent.is_empty() {
        name.to_owned()
    } else {
        format!("{parent}/{name}")
    }
}

/// Parent and name.
pub(crate) fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}
