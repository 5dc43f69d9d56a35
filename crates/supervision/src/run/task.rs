//! A task as a supervised child: a controlling actor, and the async function in its own task.
//!
//! The supervisor starts, stops and kills the controller. The controller waits for the task only
//! to end it, and every end of the controller ends the task: dropping its state aborts the task.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use ractor::{Actor, ActorProcessingErr, ActorRef, ActorRuntime};
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::AbortOnDropHandle;

use super::{Completion, Handle, Launch, Launched, Remains};
use crate::exit::panic_message;
use crate::{BoxError, ChildContext, Fault, TaskContext};

type TaskFn = Arc<dyn Fn(TaskContext) -> BoxFuture<'static, Result<(), BoxError>> + Send + Sync>;

struct Controller;

/// Message that the task has ended; its result is in the join handle.
struct TaskEnded;

struct Arguments {
    run: TaskFn,
    context: TaskContext,
    faults: mpsc::Receiver<Fault>,
    /// Dropped after everything else the task owns.
    gone: DropGuard,
}

struct State {
    stopping: CancellationToken,
    /// `None` once the result was taken.
    task: Option<AbortOnDropHandle<Result<(), String>>>,
}

impl State {
    /// Waits for the end of the task and returns its error.
    async fn join(&mut self) -> Result<(), ActorProcessingErr> {
        match self.task.take() {
            None => Ok(()),
            Some(task) => Ok(task.await??),
        }
    }
}

impl Actor for Controller {
    type Msg = TaskEnded;
    type State = State;
    type Arguments = Arguments;

    async fn pre_start(
        &self,
        myself: ActorRef<TaskEnded>,
        arguments: Arguments,
    ) -> Result<State, ActorProcessingErr> {
        let stopping = arguments.context.stopping.clone();
        #[expect(
            clippy::disallowed_methods,
            reason = "the controller joins the task and reports its panic"
        )]
        let task = tokio::spawn(run_to_end(arguments, myself));
        Ok(State {
            stopping,
            task: Some(AbortOnDropHandle::new(task)),
        })
    }

    async fn handle(
        &self,
        myself: ActorRef<TaskEnded>,
        _: TaskEnded,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        state.join().await?;
        myself.stop(Some("finished".to_owned()));
        Ok(())
    }

    async fn post_stop(
        &self,
        _: ActorRef<TaskEnded>,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        // The supervisor bounds this wait: past the deadline it kills the controller right here.
        state.stopping.cancel();
        state.join().await
    }
}

async fn run_to_end(arguments: Arguments, controller: ActorRef<TaskEnded>) -> Result<(), String> {
    let Arguments {
        run,
        context,
        faults,
        gone,
    } = arguments;
    // Declared before the task's future and thus dropped after it on every path.
    let _gone = gone;
    let result = AssertUnwindSafe(run_until_fault(run, context, faults))
        .catch_unwind()
        .await;
    // A closed mailbox means the controller is in `post_stop` and awaits the handle.
    let _ = controller.cast(TaskEnded);
    match result {
        Ok(result) => result.map_err(|error| error.to_string()),
        Err(payload) => Err(panic_message(payload.as_ref())),
    }
}

/// Runs the task until it ends or a fault interrupts one of its awaits. A hanging task keeps its
/// resources, as a real one would.
async fn run_until_fault(
    run: TaskFn,
    context: TaskContext,
    mut faults: mpsc::Receiver<Fault>,
) -> Result<(), BoxError> {
    let mut work = run(context);
    let fault = tokio::select! {
        biased;
        Some(fault) = faults.recv() => fault,
        result = &mut work => return result,
    };
    match fault.inject().await {}
}

/// Returns the launch of a task child.
pub(crate) fn launch_task<F, R>(run: F) -> Launch
where
    F: Fn(TaskContext) -> R + Send + Sync + 'static,
    R: Future<Output = Result<(), BoxError>> + Send + 'static,
{
    let run: TaskFn = Arc::new(move |context| run(context).boxed());
    Arc::new(move |context: ChildContext, supervisor| {
        let gone = CancellationToken::new();
        // Capacity one: the first fault ends the run.
        let (injector, faults) = mpsc::channel(1);
        let arguments = Arguments {
            run: Arc::clone(&run),
            context: TaskContext {
                stopping: CancellationToken::new(),
                pulse: context.pulse,
                name: context.name,
                generation: context.generation,
            },
            faults,
            gone: gone.clone().drop_guard(),
        };
        let (controller, starting) =
            ActorRuntime::spawn_linked_instant(None, Controller, arguments, supervisor)?;
        Ok(Launched {
            handle: Handle {
                cell: controller.get_cell(),
                inject_fault: Arc::new(move |fault| {
                    let _ = injector.try_send(fault);
                }),
            },
            completion: Completion {
                starting,
                ready: None,
                remains: Remains::Task(gone),
            },
        })
    })
}
