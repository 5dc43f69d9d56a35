//! The description of a child.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ractor::{Actor, ActorRuntime};

use crate::entry::join;
use crate::launch::{Handle, Launch, Launched, Leftovers, Life, Reach};
use crate::task;
use crate::{
    BoxError, ChildContext, Fault, NodeKind, Restart, Shutdown, SpecError, SupervisorSpec,
    TaskContext,
};

/// The description of one child, or of a group of like children. Nothing runs until a supervisor
/// starts it.
///
/// Defaults: [`Restart::Permanent`], [`Shutdown::Stop`] within five seconds, no watchdog.
#[derive(Clone)]
#[must_use = "a child runs only below a supervisor"]
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
    /// A ractor actor. `make` is called at each start; the actor is linked to its supervisor and
    /// has no name in ractor's global registry.
    ///
    /// The actor's handler should answer the message made from a [`Fault`] with
    /// [`Fault::strike`]. A panic in `make` counts as a failed start.
    pub fn actor<A>(
        name: impl Into<String>,
        make: impl Fn(ChildContext) -> (A, A::Arguments) + Send + Sync + 'static,
    ) -> Self
    where
        A: Actor,
        A::Msg: From<Fault>,
    {
        Self::new(name.into(), Body::Actor(actor_launch(make)))
    }

    /// A loop in a task of its own, so that blocking in it delays nobody's mailbox.
    ///
    /// `Ok(())` is a normal exit, `Err` and a panic are abnormal ones. To stop it, its token is
    /// cancelled and its end awaited; after the deadline the task is aborted.
    pub fn task<F, R>(name: impl Into<String>, run: F) -> Self
    where
        F: Fn(TaskContext) -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), BoxError>> + Send + 'static,
    {
        Self::new(name.into(), Body::Task(task::launch(run)))
    }

    /// A supervisor of its own, named by its specification. Its children's deadlines bound its
    /// shutdown; [`ChildSpec::shutdown`] has no effect on it and a watchdog is refused.
    pub fn supervisor(spec: SupervisorSpec) -> Self {
        Self::new(spec.name.clone(), Body::Supervisor(Arc::new(spec)))
    }

    /// `count` like actors named `{name}-0`, `{name}-1` and so on, children of the supervisor
    /// like any other, with two differences.
    ///
    /// They are shut down together: asked at the same moment, so they share one deadline. And a
    /// member that exits is restarted alone, whatever the strategy of the supervisor; an exit of
    /// another child that concerns the group concerns all its members.
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

    /// Sets when the child is restarted.
    pub fn restart(mut self, restart: Restart) -> Self {
        self.restart = restart;
        self
    }

    /// Sets how the child is asked to end, and its deadline.
    pub fn shutdown(mut self, shutdown: Shutdown) -> Self {
        self.shutdown = shutdown;
        self
    }

    /// Kills and restarts the child when it has been silent for longer than `patience`; see
    /// [`Pulse`](crate::Pulse). Watching begins when the start is complete.
    pub fn watchdog(mut self, patience: Duration) -> Self {
        self.watchdog = Some(patience);
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

    /// The names of the children this describes.
    pub(crate) fn members(&self) -> Vec<String> {
        match self.count {
            None => vec![self.name.clone()],
            Some(count) => (0..count)
                .map(|number| format!("{}-{number}", self.name))
                .collect(),
        }
    }

    /// Checks this description as a child of the supervisor at `parent`.
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

fn actor_launch<A>(
    make: impl Fn(ChildContext) -> (A, A::Arguments) + Send + Sync + 'static,
) -> Launch
where
    A: Actor,
    A::Msg: From<Fault>,
{
    Arc::new(move |context, supervisor| {
        let (actor, arguments) = make(context);
        let (child, starting) =
            ActorRuntime::spawn_linked_instant(None, actor, arguments, supervisor)?;
        let cell = child.get_cell();
        let strike = Arc::new(move |fault| {
            // A closed mailbox means the child is ending already.
            let _ = child.cast(A::Msg::from(fault));
        });
        Ok(Launched {
            handle: Handle {
                cell,
                reach: Reach::Actor(strike),
            },
            life: Life {
                starting,
                ready: None,
                leftovers: Leftovers::None,
            },
        })
    })
}
