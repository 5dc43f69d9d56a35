//! Specification of a child.
//!
//! `child.rs` and `spec.rs` name each other because a child may be a supervisor: the specification
//! of a tree is a recursive type.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ractor::Actor;

use crate::record::join;
use crate::run::task::launch_task;
use crate::run::{Launch, launch_actor};
use crate::{
    BoxError, ChildContext, Fault, NodeKind, Restart, Shutdown, SpecError, SupervisorSpec,
    TaskContext,
};

/// Specification of one child, or of a group of identical children.
///
/// Nothing runs until a supervisor starts it.
///
/// Defaults: [`Restart::Permanent`], [`Shutdown::Stop`] with a deadline of five seconds, no watchdog.
#[derive(Clone)]
#[must_use = "a child runs only under a supervisor"]
pub struct ChildSpec {
    pub(crate) name: String,
    /// `Some` for a group.
    pub(crate) count: Option<usize>,
    pub(crate) restart: Restart,
    pub(crate) shutdown: Shutdown,
    pub(crate) watchdog: Option<Duration>,
    pub(crate) body: Body,
}

#[derive(Clone)]
pub(crate) enum Body {
    Actor(Launch),
    Task(Launch),
    Supervisor(Arc<SupervisorSpec>),
}

impl ChildSpec {
    /// Creates a child from a ractor actor, with `make` called at each start.
    ///
    /// The actor is linked to its supervisor and has no name in ractor's global registry. Its
    /// handler should await [`Fault::inject`] on the message converted from a [`Fault`]. A panic in
    /// `make` counts as a failed start.
    pub fn actor<A>(
        name: impl Into<String>,
        make: impl Fn(ChildContext) -> (A, A::Arguments) + Send + Sync + 'static,
    ) -> Self
    where
        A: Actor,
        A::Msg: From<Fault>,
    {
        Self::new(name.into(), Body::Actor(launch_actor(make)))
    }

    /// Creates a child from an async function that runs in its own tokio task.
    ///
    /// `Ok(())` is a normal exit; `Err` and a panic are abnormal. Stopping cancels
    /// [`TaskContext::stopping`] and awaits the end; past the deadline the task is aborted.
    pub fn task<F, R>(name: impl Into<String>, run: F) -> Self
    where
        F: Fn(TaskContext) -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), BoxError>> + Send + 'static,
    {
        Self::new(name.into(), Body::Task(launch_task(run)))
    }

    /// Creates a nested supervisor, named by its specification.
    ///
    /// The deadlines of its children bound its shutdown: [`ChildSpec::shutdown`] has no effect, and
    /// a watchdog is rejected.
    pub fn supervisor(spec: SupervisorSpec) -> Self {
        Self::new(spec.name.clone(), Body::Supervisor(Arc::new(spec)))
    }

    /// Creates `count` identical actors named `{name}-0`, `{name}-1` and so on.
    ///
    /// Members are children of the supervisor like any other, with two differences. They shut down
    /// concurrently and share one deadline. A member that exits is restarted alone under every
    /// strategy; a sibling's exit that affects the group affects all its members.
    pub fn group<A>(
        name: impl Into<String>,
        count: usize,
        make: impl Fn(ChildContext) -> (A, A::Arguments) + Send + Sync + 'static,
    ) -> Self
    where
        A: Actor,
        A::Msg: From<Fault>,
    {
        let mut spec = Self::actor(name, make);
        spec.count = Some(count);
        spec
    }

    /// Sets the condition for a restart.
    pub fn restart(mut self, restart: Restart) -> Self {
        self.restart = restart;
        self
    }

    /// Sets the shutdown method and its deadline.
    pub fn shutdown(mut self, shutdown: Shutdown) -> Self {
        self.shutdown = shutdown;
        self
    }

    /// Kills and restarts the child after `timeout` without a beat of its [`Pulse`](crate::Pulse).
    ///
    /// The timeout runs from the completed start.
    pub fn watchdog(mut self, timeout: Duration) -> Self {
        self.watchdog = Some(timeout);
        self
    }

    fn new(name: String, body: Body) -> Self {
        Self {
            name,
            count: None,
            restart: Restart::default(),
            shutdown: Shutdown::default(),
            watchdog: None,
            body,
        }
    }

    pub(crate) fn kind(&self) -> NodeKind {
        match self.body {
            Body::Actor(_) => NodeKind::Actor,
            Body::Task(_) => NodeKind::Task,
            Body::Supervisor(_) => NodeKind::Supervisor,
        }
    }

    /// Returns the names of the children this specification creates.
    pub(crate) fn child_names(&self) -> Vec<String> {
        match self.count {
            None => vec![self.name.clone()],
            Some(count) => (0..count)
                .map(|number| format!("{}-{number}", self.name))
                .collect(),
        }
    }

    /// Validates this specification as a child of the supervisor at `parent`.
    pub(crate) fn validate(&self, parent: &str) -> Result<(), SpecError> {
        if self.name.is_empty() {
            return Err(SpecError::EmptyName {
                supervisor: parent.to_owned(),
            });
        }
        let path = join(parent, &self.name);
        if self.name.contains('/') {
            return Err(SpecError::SlashInName { path });
        }
        if self.count == Some(0) {
            return Err(SpecError::EmptyGroup { path });
        }
        match (&self.body, self.watchdog) {
            (_, Some(Duration::ZERO)) | (Body::Supervisor(_), Some(_)) => {
                Err(SpecError::Watchdog { path })
            }
            (Body::Supervisor(spec), None) => spec.validate_children(&path),
            (Body::Actor(_) | Body::Task(_), _) => Ok(()),
        }
    }
}

impl fmt::Debug for ChildSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChildSpec")
            .field("name", &self.name)
            .field("kind", &self.kind())
            .field("count", &self.count)
            .field("restart", &self.restart)
            .field("shutdown", &self.shutdown)
            .field("watchdog", &self.watchdog)
            .finish()
    }
}
