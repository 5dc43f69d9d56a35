//! A loop as a supervised child: an actor is the control shell, the loop runs in its own task.
//!
//! The shell is what the supervisor starts, stops and kills. It never waits for the loop except
//! to end it, and whatever ends the shell ends the loop: dropping the shell's state aborts it.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use ractor::{Actor, ActorProcessingErr, ActorRef, ActorRuntime};
use tokio::sync::mpsc;
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::AbortOnDropHandle;

use crate::exit::panic_text;
use crate::launch::{Handle, Launch, Launched, Leftovers, Life, Reach};
use crate::{BoxError, ChildContext, Fault, TaskContext};

type Run = Arc<dyn Fn(TaskContext) -> BoxFuture<'static, Result<(), BoxError>> + Send + Sync>;

struct Shell;

/// The loop has ended; its result is in the task's handle.
struct Ended;

struct Arguments {
    run: Run,
    context: TaskContext,
    faults: mpsc::Receiver<Fault>,
    /// Dropped last of all the task owns.
    gone: DropGuard,
}

struct State {
    stopping: CancellationToken,
    /// `None` once the result was taken.
    inner: Option<AbortOnDropHandle<Result<(), String>>>,
}

impl State {
    /// Waits for the loop's end and returns its error.
    async fn join(&mut self) -> Result<(), ActorProcessingErr> {
        match self.inner.take() {
            None => Ok(()),
            Some(inner) => match inner.await {
                Ok(result) => result.map_err(ActorProcessingErr::from),
                Err(error) => Err(error.into()),
            },
        }
    }
}

impl Actor for Shell {
    type Msg = Ended;
    type State = State;
    type Arguments = Arguments;

    async fn pre_start(
        &self,
        myself: ActorRef<Ended>,
        arguments: Arguments,
    ) -> Result<State, ActorProcessingErr> {
        let stopping = arguments.context.stopping.clone();
        #[expect(
            clippy::disallowed_methods,
            reason = "the shell joins it and reports its panic"
        )]
        let inner = tokio::spawn(run_to_end(arguments, myself));
        Ok(State {
            stopping,
            inner: Some(AbortOnDropHandle::new(inner)),
        })
    }

    async fn handle(
        &self,
        myself: ActorRef<Ended>,
        _: Ended,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        state.join().await?;
        myself.stop(Some("finished".to_owned()));
        Ok(())
    }

    async fn post_stop(
        &self,
        _: ActorRef<Ended>,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        // The supervisor bounds this wait: past the deadline it kills the shell right here.
        state.stopping.cancel();
        state.join().await
    }
}

async fn run_to_end(arguments: Arguments, shell: ActorRef<Ended>) -> Result<(), String> {
    let Arguments {
        run,
        context,
        faults,
        gone,
    } = arguments;
    // Declared before the loop's future and thus dropped after it, however this task ends.
    let _gone = gone;
    let result = AssertUnwindSafe(struck_or_done(run, context, faults))
        .catch_unwind()
        .await;
    // A closed mailbox means the shell is in `post_stop` and waits for the handle.
    let _ = shell.cast(Ended);
    match result {
        Ok(result) => result.map_err(|error| error.to_string()),
        Err(payload) => Err(panic_text(payload.as_ref())),
    }
}

/// Runs the loop until it ends or a fault strikes in the middle of one of its awaits. A loop
/// struck by a hang keeps what it holds, as a real one would.
async fn struck_or_done(
    run: Run,
    context: TaskContext,
    mut faults: mpsc::Receiver<Fault>,
) -> Result<(), BoxError> {
    let mut work = run(context);
    let fault = tokio::select! {
        biased;
        Some(fault) = faults.recv() => fault,
        result = &mut work => return result,
    };
    match fault.strike().await {}
}

/// The launch of a task child.
pub(crate) fn launch<F, R>(run: F) -> Launch
where
    F: Fn(TaskContext) -> R + Send + Sync + 'static,
    R: Future<Output = Result<(), BoxError>> + Send + 'static,
{
    let run: Run = Arc::new(move |context| run(context).boxed());
    Arc::new(move |context: ChildContext, supervisor| {
        let ChildContext {
            name,
            pulse,
            generation,
        } = context;
        let gone = CancellationToken::new();
        // One fault is enough: the first ends the run.
        let (strike, faults) = mpsc::channel(1);
        let arguments = Arguments {
            run: Arc::clone(&run),
            context: TaskContext {
                stopping: CancellationToken::new(),
                pulse,
                name,
                generation,
            },
            faults,
            gone: gone.clone().drop_guard(),
        };
        let (shell, starting) =
            ActorRuntime::spawn_linked_instant(None, Shell, arguments, supervisor)?;
        let strike = Arc::new(move |fault| {
            let _ = strike.try_send(fault);
        });
        Ok(Launched {
            handle: Handle {
                cell: shell.get_cell(),
                reach: Reach::Task(strike),
            },
            life: Life {
                starting,
                ready: None,
                leftovers: Leftovers::Task(gone),
            },
        })
    })
}
