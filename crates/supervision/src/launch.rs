//! One run of a child, from its spawn until nothing of it is left.

use std::sync::Arc;

use ractor::{ActorCell, ActorRef, SpawnErr};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::exit::start_failure;
use crate::supervisor::Msg;
use crate::{ChildContext, Fault, StartError};

/// Spawns one run of an actor or a task, linked to the supervisor.
pub(crate) type Launch =
    Arc<dyn Fn(ChildContext, ActorCell) -> Result<Launched, SpawnErr> + Send + Sync>;

/// How a running child is reached.
#[derive(Clone)]
pub(crate) struct Handle {
    pub(crate) cell: ActorCell,
    pub(crate) reach: Reach,
}

#[derive(Clone)]
pub(crate) enum Reach {
    Actor(Arc<dyn Fn(Fault) + Send + Sync>),
    Task(Arc<dyn Fn(Fault) + Send + Sync>),
    Supervisor(ActorRef<Msg>),
}

pub(crate) struct Launched {
    pub(crate) handle: Handle,
    pub(crate) life: Life,
}

/// What there is to wait for in one run.
pub(crate) struct Life {
    pub(crate) starting: JoinHandle<Result<JoinHandle<()>, SpawnErr>>,
    /// A supervisor is spawned long before its children are up.
    pub(crate) ready: Option<oneshot::Receiver<Result<(), StartError>>>,
    pub(crate) leftovers: Leftovers,
}

/// What may outlive the child's actor for a moment.
pub(crate) enum Leftovers {
    None,
    /// A task that was aborted, but is between two awaits.
    Task(CancellationToken),
    /// Children of a supervisor that was killed; each is minded in this tracker.
    Subtree(TaskTracker),
}

impl Life {
    /// Calls `up` when the start is complete and returns when nothing of the run is left, with
    /// the error if it never was up.
    pub(crate) async fn live(self, path: &str, up: impl FnOnce()) -> Option<StartError> {
        let failure = Self::run(self.starting, self.ready, path, up).await;
        match self.leftovers {
            Leftovers::None => {}
            Leftovers::Task(gone) => gone.cancelled().await,
            Leftovers::Subtree(minders) => {
                // The supervisor is gone, so nobody adds a minder any more.
                minders.close();
                minders.wait().await;
            }
        }
        failure
    }

    async fn run(
        starting: JoinHandle<Result<JoinHandle<()>, SpawnErr>>,
        ready: Option<oneshot::Receiver<Result<(), StartError>>>,
        path: &str,
        up: impl FnOnce(),
    ) -> Option<StartError> {
        let failed = |cause: String| StartError::Child {
            path: path.to_owned(),
            cause,
        };
        let running = match starting.await {
            Ok(Ok(running)) => running,
            Ok(Err(error)) => return Some(failed(start_failure(&error))),
            Err(error) => return Some(failed(error.to_string())),
        };
        let failure = match ready {
            None => None,
            Some(ready) => match ready.await {
                Ok(result) => result.err(),
                Err(_) => Some(StartError::Interrupted {
                    path: path.to_owned(),
                }),
            },
        };
        if failure.is_none() {
            up();
        }
        // An error here means the runtime is shutting down; the actor is gone all the same.
        let _ = running.await;
        failure
    }
}
