//! A run of a child, from its spawn until nothing of it is left.

pub(crate) mod task;

use std::sync::Arc;

use ractor::{Actor, ActorCell, ActorRuntime, SpawnErr};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::exit::start_failure;
use crate::{ChildContext, Fault, StartError};

/// Spawns one run of an actor or a task, linked to the supervisor.
pub(crate) type Launch =
    Arc<dyn Fn(ChildContext, ActorCell) -> Result<Launched, SpawnErr> + Send + Sync>;

/// Handle to a running child.
#[derive(Clone)]
pub(crate) struct Handle {
    pub(crate) cell: ActorCell,
    /// Injects a panic or a hang; a child that is already ending ignores it.
    pub(crate) inject_fault: Arc<dyn Fn(Fault) + Send + Sync>,
}

pub(crate) struct Launched {
    pub(crate) handle: Handle,
    pub(crate) completion: Completion,
}

/// The awaitable parts of one run.
pub(crate) struct Completion {
    pub(crate) starting: JoinHandle<Result<JoinHandle<()>, SpawnErr>>,
    /// For a supervisor, whose actor is spawned long before its children are up.
    pub(crate) ready: Option<oneshot::Receiver<Result<(), StartError>>>,
    pub(crate) remains: Remains,
}

/// Parts of a run that may outlive the child's actor for a moment.
pub(crate) enum Remains {
    None,
    /// An aborted task until its next await.
    Task(CancellationToken),
    /// Children of a killed supervisor; each has a monitor in this tracker.
    Subtree(TaskTracker),
}

impl Completion {
    /// Calls `on_up` when the start is complete and returns when nothing of the run is left, with
    /// the error if it was never up.
    pub(crate) async fn wait(self, path: &str, on_up: impl FnOnce()) -> Option<StartError> {
        let failure = wait_for_actor(self.starting, self.ready, path, on_up).await;
        match self.remains {
            Remains::None => {}
            Remains::Task(gone) => gone.cancelled().await,
            Remains::Subtree(monitors) => {
                // The supervisor is gone, so no monitor is added any more.
                monitors.close();
                monitors.wait().await;
            }
        }
        failure
    }
}

async fn wait_for_actor(
    starting: JoinHandle<Result<JoinHandle<()>, SpawnErr>>,
    ready: Option<oneshot::Receiver<Result<(), StartError>>>,
    path: &str,
    on_up: impl FnOnce(),
) -> Option<StartError> {
    let path = path.to_owned();
    let running = match starting.await {
        Ok(Ok(running)) => running,
        Ok(Err(error)) => {
            let cause = start_failure(&error);
            return Some(StartError::Child { path, cause });
        }
        Err(error) => {
            let cause = error.to_string();
            return Some(StartError::Child { path, cause });
        }
    };
    let failure = match ready {
        None => None,
        Some(ready) => match ready.await {
            Ok(result) => result.err(),
            Err(_) => Some(StartError::Interrupted { path }),
        },
    };
    if failure.is_none() {
        on_up();
    }
    // An error here means the runtime is shutting down; the actor is gone all the same.
    let _ = running.await;
    failure
}

/// Returns the launch of an actor child.
pub(crate) fn launch_actor<A>(
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
        Ok(Launched {
            handle: Handle {
                cell: child.get_cell(),
                inject_fault: Arc::new(move |fault| drop(child.cast(A::Msg::from(fault)))),
            },
            completion: Completion {
                starting,
                ready: None,
                remains: Remains::None,
            },
        })
    })
}
