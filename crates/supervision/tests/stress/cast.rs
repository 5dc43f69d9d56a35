//! From the data of a tree to its supervisors, actors and tasks.

use std::sync::Arc;
use std::time::Duration;

use supervision::{BoxError, ChildContext, ChildSpec, SupervisorSpec, TaskContext};

use crate::book::Book;
use crate::kin::join;
use crate::orders::{Order, Orders};
use crate::shape::{Body, Child, Habits, Shape};
use crate::subject::{Arguments, Diary, Mood, Subject};

/// Everything a child needs to play its part.
#[derive(Clone)]
pub(crate) struct Stage {
    pub(crate) seed: u64,
    pub(crate) book: Book,
    pub(crate) orders: Orders,
}

impl Stage {
    /// The supervisor `name` at `path` and everything below it.
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

    /// A child of the supervisor at `parent`.
    pub(crate) fn child(&self, parent: &str, child: &Child) -> ChildSpec {
        let (stage, above) = (self.clone(), parent.to_owned());
        let actor = move |context| stage.actor(&above, context);
        let spec = match &child.body {
            Body::Actor(habits) => habits.apply(ChildSpec::actor(&*child.name, actor)),
            Body::Group(habits, count) => {
                habits.apply(ChildSpec::group(&*child.name, *count, actor))
            }
            Body::Task(habits) => {
                let (stage, above) = (self.clone(), parent.to_owned());
                let task = move |context| play(stage.clone(), above.clone(), context);
                habits.apply(ChildSpec::task(&*child.name, task))
            }
            Body::Supervisor(shape) => {
                let path = join(parent, &child.name);
                ChildSpec::supervisor(self.supervisor(&path, &child.name, shape))
            }
        };
        spec.restart(child.restart)
    }

    fn actor(&self, parent: &str, context: ChildContext) -> (Subject, Arguments) {
        let path = join(parent, &context.name);
        let arguments = Arguments {
            mood: Mood::of(self.seed, &path, context.generation),
            diary: Diary::begin(&self.book, path),
            context,
            orders: self.orders.clone(),
        };
        (Subject, arguments)
    }
}

impl Habits {
    fn apply(self, spec: ChildSpec) -> ChildSpec {
        let spec = spec.shutdown(self.shutdown);
        match self.watchdog {
            Some(patience) => spec.watchdog(patience),
            None => spec,
        }
    }
}

/// The loop of a task: beats, obeys, and takes its time to end.
async fn play(stage: Stage, parent: String, context: TaskContext) -> Result<(), BoxError> {
    let path = join(&parent, &context.name);
    let mood = Mood::of(stage.seed, &path, context.generation);
    let diary = Diary::begin(&stage.book, path);
    let mut orders = stage.orders.task(&diary.path);
    stage.book.up(&diary.path);
    let mut beats = tokio::time::interval(Duration::from_millis(15));
    loop {
        let order = tokio::select! {
            biased;
            () = context.stopping.cancelled() => {
                stage.book.asked(&diary.path);
                tokio::time::sleep(mood.stop).await;
                return Ok(());
            }
            Some(order) = orders.recv() => order,
            _ = beats.tick() => {
                context.pulse.beat();
                continue;
            }
        };
        match order {
            Order::Strike(fault) => match fault.strike().await {},
            Order::Fail => return Err("as ordered".into()),
            Order::Quit => {
                stage.book.quits(&diary.path);
                return Ok(());
            }
            Order::Work(time) => {
                tokio::time::sleep(time).await;
                stage.book.obeyed(&diary.path);
            }
        }
    }
}

/// The same, as the root of a tree that the book knows as well.
pub(crate) fn root(stage: &Stage, shape: &Arc<Shape>) -> SupervisorSpec {
    stage.book.open("", shape);
    stage
        .supervisor("", "root", shape)
        .observe(Arc::new(stage.book.clone()))
}
