//! The world: a server, processes, and a scheduler that picks the next step among all possible ones.

mod events;
mod steps;

use std::{
    sync::{Arc, Mutex},
    task::Poll,
    time::Duration,
};

use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use tokio::time::Instant;

use super::{
    process::Process,
    server::Server,
    settings::Settings,
    tasks::Bell,
    wire::{Shared, lock},
};

/// More than any seed needs.
const MOST_STEPS: u64 = 200_000;
/// A simulated service.
pub(super) struct World {
    pub(super) server: Shared,
    pub(super) settings: Settings,
    pub(super) processes: Vec<Process>,
    /// Entries that are yet to be published, and faults that are yet to happen.
    pub(super) to_publish: u64,
    pub(super) to_happen: u64,
    bell: Arc<Bell>,
    boots: usize,
    pub(super) steps: u64,
}

impl World {
    pub(super) fn new(seed: u64, logged: bool) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let settings = Settings::draw(&mut rng);
        let server = Server::new(rng, settings.clone(), logged);
        let mut world = Self {
            to_publish: settings.entries,
            to_happen: settings.faults,
            server: Arc::new(Mutex::new(server)),
            processes: Vec::new(),
            bell: Arc::default(),
            boots: 0,
            steps: 0,
            settings,
        };
        for _ in 0..world.settings.processes {
            let process = world.boot();
            world.processes.push(process);
        }
        world
    }

    /// A world with one process, and nothing that disturbs it.
    pub(super) fn calm(seed: u64) -> Self {
        let mut world = Self::new(seed, false);
        (world.to_publish, world.to_happen) = (0, 0);
        (world.settings.crowded, world.settings.across) = (false, None);
        lock(&world.server).settings = world.settings.clone();
        world.processes.clear();
        let process = world.boot();
        world.processes.push(process);
        world
    }

    fn boot(&mut self) -> Process {
        self.boots += 1;
        Process::boot(&self.server, &self.bell, &self.settings, self.boots)
    }

    /// Runs until everything is settled. An error describes the rule that was broken.
    pub(super) async fn run(&mut self) -> Result<(), String> {
        loop {
            self.steps += 1;
            let chaos = self.to_publish + self.to_happen > 0;
            lock(&self.server).chaos = chaos;
            let acts = chaos && lock(&self.server).rng.random_bool(self.settings.malice);
            if acts {
                self.disturb().await;
            }
            let quiet = !chaos && self.is_quiet();
            if quiet {
                lock(&self.server).observer.close(self.settings.faults > 0);
            } else {
                self.proceed().await?;
            }
            if let Some(rule) = lock(&self.server).observer.broken.take() {
                return Err(rule);
            }
            if quiet {
                return Ok(());
            }
            if self.steps > MOST_STEPS {
                let server = lock(&self.server);
                let pending: Vec<_> = server.pending().collect();
                let requests = &server.requests;
                return Err(format!(
                    "it does not end; pending are {pending:?}, on the wire {requests:?}"
                ));
            }
        }
    }

    /// Makes one step, or waits until one is possible.
    async fn proceed(&mut self) -> Result<(), String> {
        let (events, next) = self.possible();
        let picked = events.choose(&mut lock(&self.server).rng).copied();
        if let Some(event) = picked {
            self.step(event)?;
            self.check_patience();
            return Ok(());
        }
        self.check_in_flight();
        // The adversary acts between two times as well.
        let next = match next {
            Some(next) if lock(&self.server).chaos => {
                let soon = lock(&self.server).rng.random_range(1..2000);
                next.min(Instant::now() + Duration::from_millis(soon))
            }
            Some(next) => next,
            None => Instant::now() + Duration::from_secs(1),
        };
        let alarm = tokio::time::sleep_until(next);
        tokio::pin!(alarm);
        let mut rung = false;
        std::future::poll_fn(|context| {
            if alarm.as_mut().poll(context).is_ready() || rung {
                return Poll::Ready(());
            }
            rung = true;
            self.bell.wakes(context.waker());
            Poll::Pending
        })
        .await;
        self.check_patience();
        Ok(())
    }
}
