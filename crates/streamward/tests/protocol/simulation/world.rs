//! The world: a server, processes, and a scheduler that picks the next step among all possible ones.

use std::{
    sync::{Arc, Mutex},
    task::Poll,
    time::Duration,
};

use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};
use tokio::time::Instant;

use super::{
    process::{Life, Process},
    rules::hints,
    server::Server,
    settings::Settings,
    tasks::Bell,
    wire::{Progress, Shared, lock, silence},
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

/// A possible step.
#[derive(Clone, Copy, Debug)]
enum Event {
    Execute(u64),
    Answer(u64),
    TimeOut(u64),
    StartPass(usize, usize),
    Pass(usize, usize),
    Intake(usize),
    Settler(usize),
    StartWorker(usize),
    Worker(usize, usize),
    Stage(usize),
    Thaw(usize),
    Boot(usize),
}

impl World {
    pub(super) fn new(seed: u64, logged: bool) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let settings = Settings::draw(&mut rng);
        let mut server = Server::new(rng, logged);
        server.crowded = settings.crowded;
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
                lock(&self.server).observer.close();
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

    /// Every possible step, and the time of the next one that becomes possible by itself.
    fn possible(&self) -> (Vec<Event>, Option<Instant>) {
        let now = Instant::now();
        let server = lock(&self.server);
        let hints = hints(&server);
        let mut events = Vec::new();
        let mut next: Option<Instant> = None;
        let mut at = |time: Instant, event: Event| {
            if time <= now {
                events.push(event);
            } else {
                next = Some(next.map_or(time, |next| next.min(time)));
            }
        };
        for (id, request) in &server.requests {
            match request.progress {
                Progress::Sent if request.abandoned || server.can_execute(request) => {
                    at(now, Event::Execute(*id));
                }
                Progress::Sent => at(request.blocks_until.unwrap_or(now), Event::Execute(*id)),
                Progress::Executed(_) => at(now, Event::Answer(*id)),
                Progress::Lost => at(request.times_out, Event::TimeOut(*id)),
                Progress::Answered(_) => {}
            }
        }
        drop(server);
        for (p, process) in self.processes.iter().enumerate() {
            match process.life {
                Life::Gone(until) => {
                    at(until, Event::Boot(p));
                    continue;
                }
                Life::Frozen(until) => {
                    at(until, Event::Thaw(p));
                    continue;
                }
                Life::Stopping(_, until) => {
                    if process.can_advance() {
                        at(now, Event::Stage(p));
                    } else {
                        at(until, Event::Stage(p));
                    }
                }
                Life::Running => {}
            }
            for (s, station) in process.stations.iter().enumerate() {
                match &station.pass {
                    Some(pass) if pass.is_ready() => at(now, Event::Pass(p, s)),
                    Some(_) => {}
                    None => {
                        if let Some(due) = process.due(station, hints) {
                            at(due, Event::StartPass(p, s));
                        }
                    }
                }
            }
            if process.intake.as_ref().is_some_and(|task| task.is_ready()) {
                at(now, Event::Intake(p));
            }
            if process.settler.as_ref().is_some_and(|task| task.is_ready()) {
                at(now, Event::Settler(p));
            }
            if process.has_job() {
                at(now, Event::StartWorker(p));
            }
            let workers = process.workers.iter().enumerate();
            for (w, _) in workers.filter(|(_, task)| task.is_ready()) {
                at(now, Event::Worker(p, w));
            }
        }
        (events, next)
    }

    fn step(&mut self, event: Event) -> Result<(), String> {
        match event {
            Event::Execute(id) => self.execute(id),
            Event::Answer(id) | Event::TimeOut(id) => {
                let mut server = lock(&self.server);
                if let Some(request) = server.requests.get_mut(&id) {
                    let progress = std::mem::replace(&mut request.progress, Progress::Lost);
                    request.answer(match progress {
                        Progress::Executed(answer) => answer,
                        Progress::Sent | Progress::Lost | Progress::Answered(_) => Err(silence()),
                    });
                    if request.abandoned {
                        server.requests.remove(&id);
                    }
                }
            }
            Event::StartPass(p, s) => self.processes[p].start_pass(s),
            Event::Pass(p, s) => {
                if let Err(error) = self.processes[p].go_on(s) {
                    self.crashed(p, s, &error.to_string())?;
                }
            }
            Event::Intake(p) => {
                let process = &mut self.processes[p];
                if let Some(end) = process.intake.as_mut().and_then(|task| task.go_on()) {
                    process.intake = None;
                    let (serial, number) = (process.serial, process.stations.len());
                    match end {
                        Ok(()) => lock(&self.server).draining.push(serial),
                        Err(error) => self.crashed(p, number, &error.to_string())?,
                    }
                }
            }
            Event::Settler(p) => {
                let process = &mut self.processes[p];
                if let Some(end) = process.settler.as_mut().and_then(|task| task.go_on()) {
                    process.settler = None;
                    let number = process.stations.len() + 1;
                    if let Err(error) = end {
                        self.crashed(p, number, &error.to_string())?;
                    }
                }
            }
            Event::StartWorker(p) => self.processes[p].start_worker(),
            Event::Worker(p, w) => {
                if self.processes[p].workers[w].go_on().is_some() {
                    self.processes[p].end_worker(w);
                }
            }
            Event::Stage(p) => self.processes[p].advance(),
            Event::Thaw(p) => {
                self.processes[p].life = Life::Running;
                lock(&self.server).disturbed_all();
            }
            Event::Boot(p) => self.processes[p] = self.boot(),
        }
        Ok(())
    }

    /// A role has crashed, and its supervisor starts it again. The reason may be a server that forgets
    /// its scripts between loading and calling one; the last words of a role may meet any failure.
    fn crashed(&mut self, p: usize, role: usize, error: &str) -> Result<(), String> {
        let process = &mut self.processes[p];
        if error.contains("NoScript") || !process.is_running() {
            process.kill_role(role);
            return Ok(());
        }
        Err(format!("role {role} of process {p} crashes: {error}"))
    }

    /// The server executes a request, or it is lost, or its answer will be.
    fn execute(&self, id: u64) {
        let mut server = lock(&self.server);
        let chance = if server.chaos {
            server.rng.random_range(0..100)
        } else {
            100
        };
        let loses_read = server.loses_read;
        let executable = server.requests.get(&id).map(|it| server.can_execute(it));
        let (Some(executable), Some(request)) = (executable, server.requests.get_mut(&id)) else {
            return;
        };
        let loses = loses_read && executable && request.blocks_until.is_some();
        let lost = match (request.abandoned, chance) {
            // Its connection may be closed before the server reads it; a waiting read ends with it.
            (true, chance) if chance < 50 || !executable => {
                server.requests.remove(&id);
                return;
            }
            (false, _) if loses => {
                server.loses_read = false;
                server.execute(id, false);
                true
            }
            (false, 0..2) => {
                request.progress = Progress::Lost;
                true
            }
            (false, 2..4) => {
                server.execute(id, false);
                true
            }
            _ => {
                server.execute(id, true);
                false
            }
        };
        if lost {
            server.disturbed_all();
        }
    }
}
