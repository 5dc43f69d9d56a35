//! The scheduler: who may do the next step, and whether anybody waits too long for his.

use rand::seq::IndexedRandom;

use super::{
    policy::LEASE,
    process::{Life, Role},
    world::World,
};

/// A claim that waits for free workers no longer than a lease, and a little for the ticks.
const PATIENCE: u64 = LEASE + 2000;

/// What the scheduler sees of the server, so that nobody has to look in vain.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Hints {
    pub(super) unread: bool,
    /// When the next pending entry may be claimed.
    pub(super) claimable: Option<u64>,
    /// When the next job is due.
    pub(super) job: Option<u64>,
    pub(super) dead: bool,
}

#[derive(Clone, Copy, Debug)]
enum Event {
    Step(usize, Role),
    Thaw(usize),
    Boot(usize),
}

impl World {
    /// One step of somebody, or the time until somebody can make one.
    pub(super) fn proceed(&mut self) {
        let now = self.server.now();
        let mut ready = Vec::new();
        let mut next = u64::MAX;
        for p in 0..self.processes.len() {
            let mut may = |at: Option<u64>, event| match at {
                Some(at) if at <= now => ready.push(event),
                Some(at) => next = next.min(at),
                None => {}
            };
            match self.processes[p].life {
                Life::Gone(until) => may(Some(until), Event::Boot(p)),
                Life::Frozen(until) => may(Some(until), Event::Thaw(p)),
                Life::Running | Life::Stopping(_) => {
                    for role in Role::ALL {
                        may(self.due(p, role), Event::Step(p, role));
                    }
                }
            }
        }
        match ready.choose(&mut self.rng) {
            Some(Event::Step(p, role)) => self.step(*p, *role),
            Some(Event::Thaw(p)) => self.processes[*p].life = Life::Running,
            Some(Event::Boot(p)) => self.processes[*p] = self.boot(),
            None => self.server.model.now = next,
        }
        self.check_patience();
    }

    fn due(&self, p: usize, role: Role) -> Option<u64> {
        let process = &self.processes[p];
        let desk = &process.desks[&role];
        if desk.answer.is_some() {
            return Some(desk.next);
        }
        let open = process.is_open();
        match role {
            Role::Heartbeat => self.heartbeat_due(p),
            Role::Renewer => self.renewer_due(p),
            Role::Worker => self.worker_due(p),
            Role::Settler => self.settler_due(p),
            Role::Intake if open => self.intake_due(p),
            Role::Reclaimer if open => self.reclaimer_due(p),
            Role::Timekeeper if open => self.timekeeper_due(p),
            Role::Reaper if open => self.reaper_due(p),
            Role::Janitor if open => Some(desk.next),
            Role::Intake | Role::Reclaimer | Role::Timekeeper | Role::Reaper | Role::Janitor => {
                None
            }
        }
    }

    fn step(&mut self, p: usize, role: Role) {
        if let Some(answer) = self.processes[p].desk(role).answer.take() {
            self.note(p, || format!("{role:?} hears {answer:?}"));
            return match role {
                Role::Heartbeat => self.heartbeat_hears(p),
                Role::Renewer => self.renewer_hears(p, answer),
                Role::Intake => self.intake_hears(p, answer),
                Role::Reclaimer => self.reclaimer_hears(p, answer),
                Role::Worker => {}
                Role::Settler => self.settler_hears(p, answer),
                Role::Timekeeper => self.timekeeper_hears(p, answer),
                Role::Reaper => self.reaper_hears(p, answer),
                Role::Janitor => self.janitor_hears(p, answer),
            };
        }
        self.note(p, || format!("{role:?} acts"));
        match role {
            Role::Heartbeat => self.heartbeat_acts(p),
            Role::Renewer => self.renewer_acts(p),
            Role::Intake => self.intake_acts(p),
            Role::Reclaimer => self.reclaimer_acts(p),
            Role::Worker => self.worker_acts(p),
            Role::Settler => self.settler_acts(p),
            Role::Timekeeper => self.timekeeper_acts(p),
            Role::Reaper => self.reaper_acts(p),
            Role::Janitor => self.janitor_acts(p),
        }
    }

    pub(super) fn survey(&mut self) {
        let server = &self.server;
        let group = |key| server.model.group(key, &server.service.group);
        let missing = server.streams.iter().any(|key| group(key).is_err());
        let unread = server.streams.iter().any(|key| {
            let entries = &server.model.streams.get(key).map(|stream| &stream.entries);
            let last = entries.and_then(|entries| entries.keys().next_back());
            group(key).is_ok_and(|group| last.is_some_and(|last| *last > group.last))
        });
        let claimable = server.pending().map(|(.., since)| since + LEASE).min();
        let jobs = server.model.sorted.get(&server.service.delayed);
        self.hints = Hints {
            unread: unread || missing,
            claimable: if missing { Some(0) } else { claimable },
            job: jobs.and_then(|jobs| jobs.values().copied().min()),
            dead: server.has_dead_consumers(),
        };
    }

    /// Whoever has free workers has claimed what is due, before long.
    fn check_patience(&mut self) {
        let now = self.server.now();
        let claimable = self.hints.claimable.filter(|at| *at > 0 && *at <= now);
        for process in &mut self.processes {
            let able = process.life == Life::Running && process.free() > 0;
            let since = process.able_since.filter(|_| able).unwrap_or(now);
            process.able_since = able.then_some(since);
            if let (Some(at), true, 0) = (claimable, able, self.settings.across) {
                let waited = now - at.max(since);
                self.server.books.demand(waited <= PATIENCE, || {
                    format!(
                        "{} has not claimed for {waited} ms what is due",
                        process.name
                    )
                });
            }
        }
    }

    /// Whether nothing is left to do for anybody.
    pub(super) fn is_quiet(&self) -> bool {
        let histories = self.server.has_old_histories();
        let all_idle = (0..self.processes.len())
            .all(|p| self.processes[p].life == Life::Running && self.is_idle(p));
        let hints = self.hints;
        let waits = hints.unread || hints.claimable.is_some() || hints.job.is_some() || hints.dead;
        all_idle && !histories && !waits && self.server.pending().next().is_none()
    }
}
