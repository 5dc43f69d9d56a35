//! A bench with obedient actors that write down what happens to them.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use ractor::{Actor, ActorProcessingErr, ActorRef};
use supervision::{Backoff, ChildContext, ChildSpec, Fault, Node, NodeState, Pulse, Tree};

/// What a test can make a [`Probe`] do.
pub(crate) enum Order {
    Fault(Fault),
    Fail(&'static str),
    Quit,
    /// Sleeps, then writes `done <text>`.
    Work(Duration, &'static str),
    /// Blocks its thread, without an await.
    Block(Duration),
    Beat,
    Rest,
}

impl From<Fault> for Order {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

#[derive(Clone, Default)]
pub(crate) struct Bench(Arc<Shared>);

#[derive(Default)]
struct Shared {
    journal: Mutex<Vec<String>>,
    actors: Mutex<HashMap<String, ActorRef<Order>>>,
    failing: Mutex<HashSet<String>>,
    hanging: Mutex<HashSet<String>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no test panics while it holds this")
}

impl Bench {
    pub(crate) fn actor(&self, name: &str) -> ChildSpec {
        let bench = self.clone();
        ChildSpec::actor(name, move |context| (Probe, (bench.clone(), context)))
    }

    pub(crate) fn group(&self, name: &str, count: usize) -> ChildSpec {
        let bench = self.clone();
        ChildSpec::group(name, count, move |context| {
            (Probe, (bench.clone(), context))
        })
    }

    pub(crate) fn tell(&self, name: &str, order: Order) {
        let actor = locked(&self.0.actors)
            .get(name)
            .cloned()
            .expect("it was started before");
        actor.cast(order).expect("it takes messages");
    }

    pub(crate) fn note(&self, line: impl Into<String>) {
        locked(&self.0.journal).push(line.into());
    }

    /// What was written since the last call.
    pub(crate) fn journal(&self) -> Vec<String> {
        std::mem::take(&mut *locked(&self.0.journal))
    }

    /// Whether this was written and not yet taken.
    pub(crate) fn has(&self, line: &str) -> bool {
        locked(&self.0.journal).iter().any(|known| known == line)
    }

    /// From now on `name` fails to start.
    pub(crate) fn fail_start(&self, name: &str) {
        locked(&self.0.failing).insert(name.to_owned());
    }

    pub(crate) fn heal_start(&self, name: &str) {
        locked(&self.0.failing).remove(name);
        locked(&self.0.hanging).remove(name);
    }

    /// From now on `name` hangs in its start.
    pub(crate) fn hang_start(&self, name: &str) {
        locked(&self.0.hanging).insert(name.to_owned());
    }
}

struct Probe;

pub(crate) struct Diary {
    bench: Bench,
    name: String,
    pulse: Pulse,
}

impl Drop for Diary {
    fn drop(&mut self) {
        self.bench.note(format!("gone {}", self.name));
    }
}

impl Actor for Probe {
    type Msg = Order;
    type State = Diary;
    type Arguments = (Bench, ChildContext);

    async fn pre_start(
        &self,
        myself: ActorRef<Order>,
        (bench, context): (Bench, ChildContext),
    ) -> Result<Diary, ActorProcessingErr> {
        let name = context.name;
        if locked(&bench.0.failing).contains(&name) {
            bench.note(format!("failed {name}"));
            return Err("no luck".into());
        }
        bench.note(format!("start {name}"));
        let hang = locked(&bench.0.hanging).contains(&name);
        if hang {
            std::future::pending::<()>().await;
        }
        locked(&bench.0.actors).insert(name.clone(), myself);
        Ok(Diary {
            bench,
            name,
            pulse: context.pulse,
        })
    }

    async fn handle(
        &self,
        myself: ActorRef<Order>,
        order: Order,
        diary: &mut Diary,
    ) -> Result<(), ActorProcessingErr> {
        match order {
            Order::Fault(fault) => match fault.strike().await {},
            Order::Fail(text) => return Err(text.into()),
            Order::Quit => myself.stop(None),
            Order::Work(time, text) => {
                diary.bench.note(format!("begin {text}"));
                tokio::time::sleep(time).await;
                diary.bench.note(format!("done {text}"));
            }
            Order::Block(time) => {
                diary.bench.note(format!("block {}", diary.name));
                block_thread(time);
            }
            Order::Beat => diary.pulse.beat(),
            Order::Rest => diary.pulse.rest(),
        }
        Ok(())
    }

    async fn post_stop(
        &self,
        _: ActorRef<Order>,
        diary: &mut Diary,
    ) -> Result<(), ActorProcessingErr> {
        diary.bench.note(format!("stop {}", diary.name));
        Ok(())
    }
}

/// What no async code should do, which is why its consequences are tested.
#[expect(
    clippy::disallowed_methods,
    reason = "blocking a runtime thread is the point"
)]
pub(crate) fn block_thread(time: Duration) {
    std::thread::sleep(time);
}

/// Exactly 100 ms, 200 ms, 400 ms up to 10 s.
pub(crate) fn steady() -> Backoff {
    Backoff::new(Duration::from_millis(100), Duration::from_secs(10), 0.0).expect("valid")
}

pub(crate) fn at(tree: &Tree, path: &str) -> Node {
    tree.snapshot()
        .at(path)
        .cloned()
        .unwrap_or_else(|| panic!("{path} is not there"))
}

/// Polls until the condition holds. With paused time this also lets timers fire.
pub(crate) async fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..60_000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("never: {what}");
}

pub(crate) async fn until_state(tree: &Tree, path: &str, state: NodeState) {
    eventually(&format!("{path} is {state:?}"), || {
        tree.snapshot()
            .at(path)
            .is_some_and(|node| node.state == state)
    })
    .await;
}

pub(crate) async fn until_restarted(tree: &Tree, path: &str, restarts: u32) {
    eventually(&format!("{path} was restarted {restarts} times"), || {
        let node = at(tree, path);
        node.restarts == restarts && node.state == NodeState::Running
    })
    .await;
}
