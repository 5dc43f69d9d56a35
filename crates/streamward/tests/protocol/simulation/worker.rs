//! Workers: free ones and busy ones, handlers and how they end.

use rand::Rng;

use super::{
    books::Place,
    policy::{LEASE, MAX_ATTEMPTS, backoff},
    process::{Job, Life, Plan, Process, Role, Work},
    settler::Task,
    world::{Fate, World},
};
use crate::model::Fields;

impl World {
    /// Starts the handling of a delivery, now or when a worker is free.
    pub(super) fn dispatch(
        &mut self,
        p: usize,
        place: Place,
        fields: Fields,
        (deliveries, attempts): (u64, u64),
    ) {
        let now = self.server.now();
        let key = &self.server.streams[place.stream];
        let process = &mut self.processes[p];
        let job = Job {
            place,
            receipt: process.receipt(key, place.id, deliveries),
            fields,
            attempts,
        };
        process.hold(&job, now);
        if !process.is_open() {
            return process.abandon(job, false);
        }
        if process.working.len() < process.workers {
            self.start(p, job);
        } else {
            process.waiting.push_back(job);
        }
        self.check_owners(place);
    }

    fn start(&mut self, p: usize, job: Job) {
        let process = &mut self.processes[p];
        if process
            .holdings
            .get(&job.place)
            .is_some_and(|held| held.lost)
        {
            process.holdings.remove(&job.place);
            return;
        }
        self.server.books.started(job.place);
        let (plan, takes) = self.plan();
        let ends = self.server.now() + takes;
        let work = Work { job, plan, ends };
        self.note(p, || format!("starts {work:?}"));
        self.processes[p].working.push(work);
    }

    fn plan(&mut self) -> (Plan, u64) {
        let calm = !self.chaos;
        let rng = &mut self.rng;
        let plan = match rng.random_range(0..100) {
            0..35 => Plan::Step,
            35..60 => Plan::Done,
            60..78 => Plan::Retry(None),
            78..84 => Plan::Retry(Some(rng.random_range(0..2 * LEASE))),
            84..89 => Plan::Dead,
            89..97 => Plan::Panic,
            _ => Plan::Step,
        };
        let takes = match rng.random_range(0..40) {
            0 if !calm => 10 * LEASE,
            0..4 => rng.random_range(0..LEASE),
            _ => rng.random_range(0..200),
        };
        (plan, takes)
    }

    /// When the next handler ends.
    pub(super) fn worker_due(&self, p: usize) -> Option<u64> {
        let process = &self.processes[p];
        let ends = process.working.iter().map(|work| work.ends).min();
        match process.life {
            // What still works at the deadline is killed.
            Life::Stopping(until) if !process.working.is_empty() => {
                Some(ends.map_or(until, |ends| ends.min(until)))
            }
            Life::Running | Life::Stopping(_) | Life::Frozen(_) | Life::Gone(_) => ends,
        }
    }

    pub(super) fn worker_acts(&mut self, p: usize) {
        let now = self.server.now();
        let process = &mut self.processes[p];
        let Some(at) = process.working.iter().position(|work| work.ends <= now) else {
            for work in std::mem::take(&mut process.working) {
                process.abandon(work.job, true);
            }
            return;
        };
        let Work { job, plan, .. } = process.working.swap_remove(at);
        match plan {
            Plan::Step => return self.call_step(p, job),
            Plan::Done => process.tasks.push_back(Task::Settle(job)),
            Plan::Panic => process.abandon(job, true),
            Plan::Dead => process.tasks.push_back(Task::Bury(job, None, false)),
            Plan::Retry(after) => self.retry(p, job, after),
        }
        self.freed(p);
    }

    /// The handler calls its step. Without an answer it calls again, or gives up for now.
    fn call_step(&mut self, p: usize, job: Job) {
        let fate = self.fate();
        if fate != Fate::Unsent {
            self.server.step(&job.receipt);
        }
        let again = self.rng.random_bool(0.5);
        if fate == Fate::Answered {
            self.processes[p].holdings.remove(&job.place);
            if job.attempts > 0 {
                self.processes[p].tasks.push_back(Task::Forget(job.receipt));
            }
        } else if again {
            let ends = self.server.now() + 5;
            let plan = Plan::Step;
            return self.processes[p].working.push(Work { job, plan, ends });
        } else {
            self.retry(p, job, None);
        }
        self.freed(p);
    }

    fn retry(&mut self, p: usize, job: Job, after: Option<u64>) {
        let attempt = job.attempts + 1;
        let task = if attempt >= MAX_ATTEMPTS {
            Task::Bury(job, Some(attempt), false)
        } else {
            let delay = after.unwrap_or_else(|| backoff(attempt, &mut self.rng));
            Task::Retry {
                job,
                attempt,
                delay,
            }
        };
        self.processes[p].tasks.push_back(task);
    }

    /// A worker is free: it gets a waiting job.
    pub(super) fn freed(&mut self, p: usize) {
        let free = |process: &Process| process.is_open() && process.working.len() < process.workers;
        while free(&self.processes[p])
            && let Some(job) = self.processes[p].waiting.pop_front()
        {
            self.start(p, job);
        }
    }

    /// Handlers of entries that others have are cancelled.
    pub(super) fn cancel_lost(&mut self, p: usize) {
        let process = &mut self.processes[p];
        let mut cancelled = Vec::new();
        let holdings = &process.holdings;
        process.working.retain(|work| {
            let lost = holdings.get(&work.job.place).is_some_and(|held| held.lost);
            if lost {
                cancelled.push(work.job.place);
            }
            !lost
        });
        for place in cancelled {
            self.processes[p].holdings.remove(&place);
            self.freed(p);
        }
    }

    /// Of all who believe to hold an entry, at most one is right.
    fn check_owners(&mut self, place: Place) {
        let found = self.server.pending().find(|(at, ..)| *at == place);
        let Some((_, owner, count, _)) = found else {
            return;
        };
        let right = |job: &&Job| {
            job.place == place && job.receipt.consumer == *owner && job.receipt.deliveries == count
        };
        let jobs = self.processes.iter().flat_map(|process| process.jobs());
        let rightful = jobs.filter(right).count();
        // A lost group forgets who handles what: its entries may come to the same process again, with
        // the same count.
        let excused = self.server.books.fact(place).returned;
        self.server.books.demand(rightful <= 1 || excused, || {
            format!("{place:?} is rightfully handled {rightful} times at once")
        });
    }

    /// Whether any handler still has something to say.
    pub(super) fn is_idle(&self, p: usize) -> bool {
        let process = &self.processes[p];
        let silent = process.desks.iter().all(|(role, desk)| {
            desk.answer.is_none() || matches!(role, Role::Heartbeat | Role::Renewer)
        });
        silent && process.jobs().next().is_none() && process.tasks.is_empty()
    }
}
