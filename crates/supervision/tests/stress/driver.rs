//! A scenario: a random tree, random faults and requests, and its end.

use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use supervision::{Fault, Tree};
use tokio::task::JoinSet;

use crate::build::{Environment, root};
use crate::commands::Command;
use crate::requests;
use crate::shape::{Child, Shape};
use crate::shutdown_rules;

/// Kind of scenarios to run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Profile {
    pub(crate) steps: u32,
    /// Probability that a supervisor gives up after few restarts.
    pub(crate) tight: f64,
    /// Probability that a step injects a fault into the root.
    pub(crate) root_fault: f64,
    /// Probability that the tree reaches quiescence before its shutdown.
    pub(crate) quiet_end: f64,
}

pub(crate) struct Driver {
    pub(crate) environment: Environment,
    pub(crate) shape: Arc<Shape>,
    pub(crate) tree: Tree,
    pub(crate) rng: StdRng,
    pub(crate) profile: Profile,
    /// Pending requests; they check their replies themselves.
    pub(crate) requests: JoinSet<()>,
    /// Records the end of the tree.
    pub(crate) end_watcher: JoinSet<()>,
}

/// Runs the scenario; the checker holds its violations.
pub(crate) async fn run_scenario(
    environment: Environment,
    profile: Profile,
    show: impl FnOnce(&Tree),
) {
    let mut rng = StdRng::seed_from_u64(environment.seed);
    let levels = rng.random_range(2..4);
    let shape = Arc::new(Shape::random(&mut rng, levels, profile.tight));
    let tree = match root(&environment, &shape).start().await {
        Ok(tree) => tree,
        Err(error) => {
            return environment
                .checker
                .state()
                .violation(format!("no start: {error}"));
        }
    };
    show(&tree);
    let mut end_watcher = JoinSet::new();
    end_watcher.spawn(shutdown_rules::watch_end(
        environment.checker.clone(),
        tree.clone(),
    ));
    let driver = Driver {
        environment,
        shape,
        tree,
        rng,
        profile,
        requests: JoinSet::new(),
        end_watcher,
    };
    driver.run().await;
}

impl Driver {
    async fn run(mut self) {
        for _ in 0..self.profile.steps {
            self.step();
            if self.rng.random_bool(0.4) {
                self.await_quiescence().await;
            } else {
                self.pause(12).await;
            }
            if self.environment.checker.is_closed() {
                break;
            }
        }
        self.end().await;
    }

    /// Takes some actions at the same moment, occasionally very many.
    fn step(&mut self) {
        let actions = match self.rng.random_range(0..10) {
            0..=5 => 1,
            6..=8 => self.rng.random_range(2..6),
            _ => self.rng.random_range(6..20),
        };
        for _ in 0..actions {
            match self.rng.random_range(0..20) {
                0 => requests::add(self),
                1 => requests::remove(self),
                2..=3 => self.crash_supervisor(),
                4..=14 => self.crash_child(),
                _ => self.send_command(),
            }
        }
        if self.rng.random_bool(self.profile.root_fault) {
            let fault = self.fault();
            self.crash("", fault);
        }
        drop(self.tree.snapshot());
    }

    /// Injects a fault or sends a command, without requests.
    pub(crate) fn disturb(&mut self) {
        match self.rng.random_range(0..4) {
            0 => self.crash_supervisor(),
            1..=2 => self.crash_child(),
            _ => self.send_command(),
        }
    }

    fn crash_child(&mut self) {
        if let Some(path) = self.random_child(false) {
            let fault = self.fault();
            self.crash(&path, fault);
        }
    }

    fn crash_supervisor(&mut self) {
        if let Some(path) = self.random_child(true) {
            let fault = self.fault();
            self.crash(&path, fault);
        }
    }

    fn crash(&self, path: &str, fault: Fault) {
        match self.tree.crash(path, fault) {
            Ok(()) => self.environment.checker.faulted(path, fault),
            Err(error) => self
                .environment
                .checker
                .note(format!("no {fault}: {error}")),
        }
    }

    fn send_command(&mut self) {
        let Some(path) = self.random_child(false) else {
            return;
        };
        let command = match self.rng.random_range(0..3) {
            0 => Command::Fail,
            1 => Command::Quit,
            _ => Command::Work(Duration::from_millis(self.rng.random_range(1..25))),
        };
        self.environment
            .checker
            .note(format!("command {path} {command:?}"));
        let send = || self.environment.mailboxes.send(&path, command);
        self.environment.checker.send_tracked(&path, send);
    }

    fn fault(&mut self) -> Fault {
        *Fault::ALL.choose(&mut self.rng).expect("there are three")
    }

    fn random_child(&mut self, supervisor: bool) -> Option<String> {
        let mut paths = self.environment.checker.children();
        paths.retain(|(_, is_supervisor)| *is_supervisor == supervisor);
        paths.choose(&mut self.rng).map(|(path, _)| path.clone())
    }

    /// Waits for a random time below this number of milliseconds.
    pub(crate) async fn pause(&mut self, below: u64) {
        let millis = self.rng.random_range(0..below);
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }

    /// Returns a random new child.
    pub(crate) fn new_child(&mut self) -> Child {
        let letter = if self.rng.random_bool(0.5) { 'c' } else { 'd' };
        let name = format!("{letter}{}", self.rng.random_range(0..4));
        Child::random(&mut self.rng, &name, 1, self.profile.tight)
    }
}
