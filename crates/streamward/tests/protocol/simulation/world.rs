//! The world: a server, processes, and a scheduler that decides who does the next step.

use std::sync::Arc;

use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};

use super::{
    process::{Process, Reply, Role, Trouble},
    scheduler::Hints,
    server::Server,
};
use crate::model::{PARKING, Refused};

/// No seed needs as many.
const MOST_STEPS: u64 = 200_000;
/// After this, a call without an answer has failed.
const TIMEOUT: u64 = 5000;

/// What differs between worlds.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) processes: usize,
    pub(super) workers: usize,
    /// Entries that may be parked per stream.
    pub(super) room: usize,
    pub(super) retention: u64,
    /// Entries in flight over all processes; 0 for no limit.
    pub(super) across: usize,
    /// Whether a process looks for what it lost. Always, but in a proof that tests can fail.
    pub(super) recovers: bool,
    /// How often the adversary acts.
    pub(super) malice: f64,
}

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Answered,
    /// It runs, and nobody hears of it.
    Unheard,
    Unsent,
}

/// One simulated service.
pub(super) struct World {
    pub(super) rng: StdRng,
    pub(super) server: Server,
    pub(super) settings: Settings,
    pub(super) processes: Vec<Process>,
    pub(super) hints: Hints,
    /// Whether the adversary is at work.
    pub(super) chaos: bool,
    /// Entries that are yet to be published, and faults that are yet to happen.
    pub(super) to_publish: u64,
    pub(super) to_happen: u64,
    /// The answer of the next read gets lost.
    pub(super) loses_read: bool,
    boots: usize,
    pub(super) steps: u64,
    pub(super) log: Option<Vec<String>>,
}

impl World {
    pub(super) fn new(seed: u64, logged: bool) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let settings = Settings {
            processes: rng.random_range(2..=4),
            workers: rng.random_range(1..=3),
            room: *[1, 2, 5000].choose(&mut rng).expect("some"),
            retention: *[1000, 60_000, 24 * 3_600_000]
                .choose(&mut rng)
                .expect("some"),
            across: *[0, 0, 0, 0, 0, 0, 2, 4].choose(&mut rng).expect("some"),
            recovers: true,
            malice: rng.random_range(0.02..0.2),
        };
        let mut world = Self {
            to_publish: rng.random_range(3..=12),
            to_happen: rng.random_range(0..=16),
            server: Server::new(),
            processes: Vec::new(),
            hints: Hints::default(),
            chaos: true,
            loses_read: false,
            boots: 0,
            steps: 0,
            log: logged.then(Vec::new),
            settings,
            rng,
        };
        // As every consumer does before its tree starts.
        for stream in 0..world.server.streams.len() {
            world.server.ensure(stream);
        }
        for _ in 0..world.settings.processes {
            let process = world.boot();
            world.processes.push(process);
        }
        world
    }

    /// One process, and nobody who disturbs it.
    pub(super) fn calm(seed: u64) -> Self {
        let mut world = Self::new(seed, true);
        (world.chaos, world.to_publish, world.to_happen) = (false, 0, 0);
        world.processes.truncate(1);
        world.settings.across = 0;
        world
    }

    pub(super) fn boot(&mut self) -> Process {
        self.boots += 1;
        let name = format!("p{}", self.boots);
        let size = (self.server.streams.len(), self.settings.workers);
        Process::boot(name.into(), size, self.server.now())
    }

    /// Runs until everything is settled; an error says which rule was broken.
    pub(super) fn run(&mut self) -> Result<(), String> {
        loop {
            self.steps += 1;
            self.survey();
            if self.chaos && self.rng.random_bool(self.settings.malice) {
                self.disturb();
                self.survey();
            }
            self.chaos = self.to_publish + self.to_happen > 0;
            if !self.chaos && self.is_quiet() {
                self.server.books.close();
            } else {
                self.proceed();
            }
            if let Some(rule) = self.server.books.broken.take() {
                return Err(rule);
            }
            if !self.chaos && self.is_quiet() {
                return Ok(());
            }
            if self.steps > MOST_STEPS {
                let pending: Vec<_> = self.server.pending().collect();
                return Err(format!("it does not end; pending are {pending:?}"));
            }
        }
    }

    /// Calls the server; the answer comes a little later, or never.
    pub(super) fn ask(
        &mut self,
        p: usize,
        role: Role,
        run: impl FnOnce(&mut Server) -> Result<Reply, Refused>,
    ) {
        let fate = self.fate();
        let answer = match fate {
            Fate::Unsent => Err(Trouble::Silence),
            Fate::Answered => run(&mut self.server).map_err(Trouble::from),
            Fate::Unheard => {
                let unheard = run(&mut self.server);
                self.note(p, || format!("{role:?} will not hear {unheard:?}"));
                Err(Trouble::Silence)
            }
        };
        let after = match answer {
            Err(Trouble::Silence) => TIMEOUT,
            Ok(_) | Err(Trouble::NoGroup) => self.rng.random_range(0..4),
        };
        let now = self.server.now();
        let desk = self.processes[p].desk(role);
        (desk.next, desk.answer) = (now + after, Some(answer));
    }

    pub(super) fn fate(&mut self) -> Fate {
        if !self.chaos {
            return Fate::Answered;
        }
        match self.rng.random_range(0..100) {
            0..4 => Fate::Unheard,
            4..6 => Fate::Unsent,
            _ => Fate::Answered,
        }
    }

    /// The role does nothing for so long.
    pub(super) fn wait(&mut self, p: usize, role: Role, pause: u64) {
        let now = self.server.now();
        self.processes[p].desk(role).next = now + pause;
    }

    pub(super) fn note(&mut self, p: usize, what: impl FnOnce() -> String) {
        if let Some(log) = &mut self.log {
            let name = self.processes.get(p).map_or("-", |process| &*process.name);
            let at = self.server.model.now - 1_800_000_000_000;
            log.push(format!("{:>6} {at:>8} ms  {name}: {}", self.steps, what()));
        }
    }

    /// A consumer that no process is.
    pub(super) fn thief(&mut self) -> Arc<str> {
        let mut names: Vec<Arc<str>> = vec!["thief".into(), PARKING.into()];
        // A limit over all processes counts what is pending for a process that does not know of it,
        // for as long as that process lives.
        if self.settings.across == 0 {
            let processes = self.processes.iter();
            names.extend(processes.map(|process| Arc::clone(&process.name)));
        }
        names
            .choose(&mut self.rng)
            .expect("there are names")
            .clone()
    }
}
