//! Construction of supervisors, actors and tasks from a tree's shape.

use std::sync::Arc;
use std::time::Duration;

use supervision::{BoxError, ChildContext, ChildSpec, SupervisorSpec, TaskContext};

use crate::checker::Checker;
use crate::commands::{Command, Mailboxes};
use crate::model::join;
use crate::shape::{Body, Child, Settings, Shape};
use crate::test_actor::{Arguments, Behaviour, RunGuard, TestActor};

/// Shared parts of one scenario.
#[derive(Clone)]
pub(crate) struct Environment {
    pub(crate) seed: u64,
    pub(crate) checker: Checker,
    pub(crate) mailboxes: Mailboxes,
}

impl Environment {
    /// Returns the supervisor `name` at `path` with everything below it.
    pub(crate) fn supervisor(&self, path: &str, name: &str, shape: &Shape) -> SupervisorSpec {
        let spec = SupervisorSpec::new(name)
            .strategy(shape.strategy)
            .intensity(shape.intensity)
            .backoff(shape.backoff);
        shape
            .children
            .iter()
            .fold(spec, |spec, child| spec.child(self.child(path, child)))
    }

    /// Returns a child of the supervisor at `parent`.
    pub(crate) fn child(&self, parent: &str, child: &Child) -> ChildSpec {
        let (environment, above) = (self.clone(), parent.to_owned());
        let actor = move |context| environment.actor(&above, context);
        let spec = match &child.body {
            Body::Actor(settings) => settings.apply(ChildSpec::actor(&*child.name, actor)),
            Body::Group(settings, count) => {
                settings.apply(ChildSpec::group(&*child.name, *count, actor))
            }
            Body::Task(settings) => {
                let (environment, above) = (self.clone(), parent.to_owned());
                let task = move |context| run_task(environment.clone(), above.clone(), context);
                settings.apply(ChildSpec::task(&*child.name, task))
            }
            Body::Supervisor(shape) => {
                let path = join(parent, &child.name);
                ChildSpec::supervisor(self.supervisor(&path, &child.name, shape))
            }
        };
        spec.restart(child.restart)
    }

    fn actor(&self, parent: &str, context: ChildContext) -> (TestActor, Arguments) {
        let path = join(parent, &context.name);
        let arguments = Arguments {
            behaviour: Behaviour::of(self.seed, &path, context.generation),
            guard: RunGuard::begin(&self.checker, path),
            context,
            mailboxes: self.mailboxes.clone(),
        };
        (TestActor, arguments)
    }
}

impl Settings {
    fn apply(self, spec: ChildSpec) -> ChildSpec {
        let spec = spec.shutdown(self.shutdown);
        match self.watchdog {
            Some(timeout) => spec.watchdog(timeout),
            None => spec,
        }
    }
}

/// Runs a task that beats, executes commands, and delays its end.
async fn run_task(
    environment: Environment,
    parent: String,
    context: TaskContext,
) -> Result<(), BoxError> {
    let path = join(&parent, &context.name);
    let behaviour = Behaviour::of(environment.seed, &path, context.generation);
    let guard = RunGuard::begin(&environment.checker, path);
    let mut mailbox = environment.mailboxes.task(&guard.path);
    environment.checker.up(&guard.path);
    let mut beats = tokio::time::interval(Duration::from_millis(15));
    loop {
        let command = tokio::select! {
            biased;
            () = context.stopping.cancelled() => {
                environment.checker.stop_requested(&guard.path);
                tokio::time::sleep(behaviour.stop).await;
                return Ok(());
            }
            Some(command) = mailbox.recv() => command,
            _ = beats.tick() => {
                context.pulse.beat();
                continue;
            }
        };
        match command {
            Command::InjectFault(fault) => match fault.inject().await {},
            Command::Fail => return Err("as commanded".into()),
            Command::Quit => {
                environment.checker.will_quit(&guard.path);
                return Ok(());
            }
            Command::Work(time) => {
                tokio::time::sleep(time).await;
                environment.checker.completed(&guard.path);
            }
        }
    }
}

/// Returns the root of a tree, with the checker as its observer.
pub(crate) fn root(environment: &Environment, shape: &Arc<Shape>) -> SupervisorSpec {
    environment.checker.open("", shape);
    environment
        .supervisor("", "root", shape)
        .observe(Arc::new(environment.checker.clone()))
}
