//! Test harness: actors that execute commands and log their life cycle.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use ractor::{Actor, ActorProcessingErr, ActorRef};
use supervision::{Backoff, ChildContext, ChildSpec, Fault, Node, NodeState, Pulse, Tree};

/// A command to a [`Probe`].
pub(crate) enum Command {
    Fault(Fault),
    Fail(&'static str),
    Quit,
    /// Sleeps, then logs `done <text>`.
    Work(Duration, &'static str),
    /// Blocks the thread without an await.
    Block(Duration),
    Beat,
    Rest,
}

impl From<Fault> for Command {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

#[derive(Clone, Default)]
pub(crate) struct Harness(Arc<Shared>);

#[derive(Default)]
struct Shared {
    log: Mutex<Vec<String>>,
    actors: Mutex<HashMap<String, ActorRef<Command>>>,
    failing: Mutex<HashSet<String>>,
    hanging: Mutex<HashSet<String>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no panic while locked")
}

impl Harness {
    pub(crate) fn actor(&self, name: &str) -> ChildSpec {
        let harness = self.clone();
        ChildSpec::actor(name, move |context| (Probe, (harness.clone(), context)))
    }

    pub(crate) fn group(&self, name: &str, count: usize) -> ChildSpec {
        let harness = self.clone();
        ChildSpec::group(name, count, move |context| {
            (Probe, (harness.clone(), context))
        })
    }

    pub(crate) fn send(&self, name: &str, command: Command) {
        let actor = locked(&self.0.actors)
            .get(name)
            .cloned()
            .expect("it was started before");
        actor.cast(command).expect("it takes messages");
    }

    pub(crate) fn log(&self, line: impl Into<String>) {
        locked(&self.0.log).push(line.into());
    }

    /// Returns the lines logged since the last call.
    pub(crate) fn take_log(&self) -> Vec<String> {
        std::mem::take(&mut *locked(&self.0.log))
    }

    /// Returns whether this line was logged and not yet taken.
    pub(crate) fn has(&self, line: &str) -> bool {
        locked(&self.0.log).iter().any(|known| known == line)
    }

    /// Makes every start of `name` fail.
    pub(crate) fn fail_start(&self, name: &str) {
        locked(&self.0.failing).insert(name.to_owned());
    }

    pub(crate) fn allow_start(&self, name: &str) {
        locked(&self.0.failing).remove(name);
        locked(&self.0.hanging).remove(name);
    }

    /// Makes every start of `name` hang.
    pub(crate) fn hang_start(&self, name: &str) {
        locked(&self.0.hanging).insert(name.to_owned());
    }
}

struct Probe;

pub(crate) struct ProbeState {
    harness: Harness,
    name: String,
    pulse: Pulse,
}

impl Drop for ProbeState {
    fn drop(&mut self) {
        self.harness.log(format!("gone {}", self.name));
    }
}

impl Actor for Probe {
    type Msg = Command;
    type State = ProbeState;
    type Arguments = (Harness, ChildContext);

    async fn pre_start(
        &self,
        myself: ActorRef<Command>,
        (harness, context): (Harness, ChildContext),
    ) -> Result<ProbeState, ActorProcessingErr> {
        let name = context.name;
        if locked(&harness.0.failing).contains(&name) {
            harness.log(format!("failed {name}"));
            return Err("no luck".into());
        }
        harness.log(format!("start {name}"));
        let hang = locked(&harness.0.hanging).contains(&name);
        if hang {
            std::future::pending::<()>().await;
        }
        locked(&harness.0.actors).insert(name.clone(), myself);
        Ok(ProbeState {
            harness,
            name,
            pulse: context.pulse,
        })
    }

    async fn handle(
        &self,
        myself: ActorRef<Command>,
        command: Command,
        state: &mut ProbeState,
    ) -> Result<(), ActorProcessingErr> {
        match command {
            Command::Fault(fault) => match fault.inject().await {},
            Command::Fail(text) => return Err(text.into()),
            Command::Quit => myself.stop(None),
            Command::Work(time, text) => {
                state.harness.log(format!("begin {text}"));
                tokio::time::sleep(time).await;
                state.harness.log(format!("done {text}"));
            }
            Command::Block(time) => {
                state.harness.log(format!("block {}", state.name));
                block_thread(time);
            }
            Command::Beat => state.pulse.beat(),
            Command::Rest => state.pulse.rest(),
        }
        Ok(())
    }

    async fn post_stop(
        &self,
        _: ActorRef<Command>,
        state: &mut ProbeState,
    ) -> Result<(), ActorProcessingErr> {
        state.harness.log(format!("stop {}", state.name));
        Ok(())
    }
}

/// Blocks the thread, as async code must not.
#[expect(
    clippy::disallowed_methods,
    reason = "blocking a runtime thread is the point"
)]
pub(crate) fn block_thread(time: Duration) {
    std::thread::sleep(time);
}

/// Returns a backoff without jitter: 100 ms, 200 ms, 400 ms, up to 10 s.
pub(crate) fn steady() -> Backoff {
    Backoff::new(Duration::from_millis(100), Duration::from_secs(10), 0.0).expect("valid")
}

pub(crate) fn at(tree: &Tree, path: &str) -> Node {
    tree.snapshot()
        .at(path)
        .cloned()
        .unwrap_or_else(|| panic!("{path} is not there"))
}

/// Polls until the condition holds, which also advances paused time.
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
