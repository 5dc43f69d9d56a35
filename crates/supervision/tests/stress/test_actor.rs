//! Actors of a scenario: they report events, execute commands, and vary in behaviour.

use std::time::Duration;

use ractor::{Actor, ActorProcessingErr, ActorRef};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use supervision::{ChildContext, Fault, Pulse};

use crate::checker::Checker;
use crate::commands::{Command, Mailboxes};
use crate::model::split;

/// Resource of a run; the run is gone when it is dropped.
pub(crate) struct RunGuard {
    pub(crate) checker: Checker,
    pub(crate) path: String,
    id: u64,
}

impl RunGuard {
    pub(crate) fn begin(checker: &Checker, path: String) -> Self {
        Self {
            id: checker.started(&path),
            checker: checker.clone(),
            path,
        }
    }
}

impl Drop for RunGuard {
    fn drop(&mut self) {
        self.checker.gone(&self.path, self.id);
    }
}

/// Timing and failures of one run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Behaviour {
    pub(crate) start: Duration,
    pub(crate) fails_to_start: bool,
    /// Time to stop, for some longer than any deadline.
    pub(crate) stop: Duration,
}

impl Behaviour {
    /// Derives the behaviour from the seed, the path and the generation. First runs fail only for
    /// names with `d`, which children added at run time have.
    pub(crate) fn of(seed: u64, path: &str, generation: u64) -> Self {
        let mix = |sum: u64, byte: u8| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        let mixed = path.bytes().fold(seed ^ generation.rotate_left(32), mix);
        let mut rng = StdRng::seed_from_u64(mixed);
        let slow = |rng: &mut StdRng| match rng.random_range(0..20) {
            0..=11 => 0,
            12..=18 => rng.random_range(1..5),
            _ => 25,
        };
        Self {
            start: Duration::from_millis(slow(&mut rng)),
            fails_to_start: (generation > 0 || split(path).1.starts_with('d'))
                && rng.random_bool(0.04),
            stop: Duration::from_millis(slow(&mut rng)),
        }
    }
}

pub(crate) struct TestActor;

pub(crate) struct Arguments {
    pub(crate) guard: RunGuard,
    pub(crate) context: ChildContext,
    pub(crate) behaviour: Behaviour,
    pub(crate) mailboxes: Mailboxes,
}

pub(crate) struct State {
    guard: RunGuard,
    pulse: Pulse,
    behaviour: Behaviour,
}

impl Actor for TestActor {
    type Msg = Command;
    type State = State;
    type Arguments = Arguments;

    async fn pre_start(
        &self,
        myself: ActorRef<Command>,
        arguments: Arguments,
    ) -> Result<State, ActorProcessingErr> {
        let Arguments {
            guard,
            context,
            behaviour,
            mailboxes,
        } = arguments;
        tokio::time::sleep(behaviour.start).await;
        if behaviour.fails_to_start {
            return Err("no luck".into());
        }
        // Idle until the first command.
        context.pulse.rest();
        mailboxes.actor(&guard.path, myself);
        guard.checker.up(&guard.path);
        Ok(State {
            guard,
            pulse: context.pulse,
            behaviour,
        })
    }

    async fn handle(
        &self,
        myself: ActorRef<Command>,
        command: Command,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        state.pulse.beat();
        match command {
            Command::InjectFault(fault) => {
                if fault == Fault::Hang {
                    state.guard.checker.hangs(&state.guard.path);
                }
                match fault.inject().await {}
            }
            Command::Fail => return Err("as commanded".into()),
            Command::Quit => {
                state.guard.checker.will_quit(&state.guard.path);
                myself.stop(None);
            }
            Command::Work(time) => {
                tokio::time::sleep(time).await;
                state.guard.checker.completed(&state.guard.path);
            }
        }
        state.pulse.rest();
        Ok(())
    }

    async fn post_stop(
        &self,
        _: ActorRef<Command>,
        state: &mut State,
    ) -> Result<(), ActorProcessingErr> {
        state.guard.checker.stop_requested(&state.guard.path);
        tokio::time::sleep(state.behaviour.stop).await;
        Ok(())
    }
}
