//! The settler: does what outcomes demand, one call after the other, each until it is answered.

use rand::Rng;

use super::{
    books::Place,
    policy::{LEASE, PAUSE, backoff},
    process::{Answer, Job, Life, Reply, Role},
    world::World,
};
use crate::model::{Fields, Letter, ParkReply, Receipt, Terms, field};

/// Something to be settled.
#[derive(Clone, Debug)]
pub(super) enum Task {
    /// The handler is done with it.
    Settle(Job),
    /// Nobody here wanted it.
    Skip(Place),
    /// A step acknowledged it; its history is to be forgotten.
    Forget(Receipt),
    Retry {
        job: Job,
        attempt: u64,
        delay: u64,
    },
    /// With the number of the recorded error, and whether the entry is poison.
    Bury(Job, Option<u64>, bool),
    HandBack {
        receipt: Receipt,
        /// Its handler had begun.
        begun: bool,
    },
}

impl World {
    pub(super) fn settler_due(&self, p: usize) -> Option<u64> {
        let process = &self.processes[p];
        let next = process.desks[&Role::Settler].next;
        (!process.tasks.is_empty()).then_some(next)
    }

    pub(super) fn settler_acts(&mut self, p: usize) {
        let tasks = &mut self.processes[p].tasks;
        if tasks.is_empty() {
            return;
        }
        // The runtime does them all at once, so any may be the first.
        tasks.rotate_left(self.rng.random_range(0..tasks.len()));
        let Some(task) = tasks.front().cloned() else {
            return;
        };
        match task {
            Task::Settle(_) => self.settle(p),
            Task::Skip(place) => self.ask(p, Role::Settler, |server| {
                server.skip(place.stream, place.id);
                Ok(Reply::Done)
            }),
            Task::Forget(receipt) => self.ask(p, Role::Settler, |server| {
                server.forget(&receipt);
                Ok(Reply::Done)
            }),
            Task::Retry {
                job,
                attempt,
                delay,
            } => {
                let record = record(attempt);
                let terms = self.terms(delay, record, job.receipt.deliveries);
                self.park(p, &job.receipt, &terms, (Some(attempt), false));
            }
            Task::Bury(job, attempt, poison) => self.bury(p, &job, attempt, poison),
            Task::HandBack { receipt, begun } => self.hand_back(p, &receipt, begun),
        }
    }

    /// All that is done in the stream of the first one, in one call.
    fn settle(&mut self, p: usize) {
        let tasks = &mut self.processes[p].tasks;
        let Some(Task::Settle(job)) = tasks.front() else {
            return;
        };
        let stream = job.place.stream;
        let elsewhere = |task: &Task| settles(task, stream).is_none();
        tasks.make_contiguous().sort_by_key(elsewhere);
        let receipts: Vec<Receipt> = tasks
            .iter()
            .map_while(|task| settles(task, stream))
            .collect();
        self.ask(p, Role::Settler, |server| {
            let ours = server.settle(&receipts)?;
            Ok(Reply::Settled(receipts.len(), ours))
        });
    }

    fn terms(&self, delay: u64, record: String, count: u64) -> Terms {
        Terms {
            lease: LEASE,
            delay,
            room: self.settings.room,
            record,
            count,
        }
    }

    fn park(&mut self, p: usize, receipt: &Receipt, terms: &Terms, what: (Option<u64>, bool)) {
        self.ask(p, Role::Settler, |server| {
            let parked = server.park(receipt, terms, what)?;
            Ok(Reply::Settled(1, parked != ParkReply::Lost))
        });
    }

    /// After the first backoff, or at once when this process is leaving: then it is nobody's crash.
    fn hand_back(&mut self, p: usize, receipt: &Receipt, begun: bool) {
        let leaving = matches!(self.processes[p].life, Life::Stopping(_));
        let (delay, count) = if leaving {
            (0, receipt.deliveries.saturating_sub(1).max(1))
        } else {
            (backoff(1, &mut self.rng), receipt.deliveries)
        };
        let terms = self.terms(delay, String::new(), count);
        self.park(p, receipt, &terms, (None, leaving && begun));
    }

    fn bury(&mut self, p: usize, job: &Job, attempt: Option<u64>, poison: bool) {
        let key = field(&job.fields, "key");
        let letter = Letter {
            cause: "no".to_owned(),
            record: attempt.map_or_else(String::new, record),
            at: String::new(),
            poison: if poison {
                format!("Order/{key}")
            } else {
                String::new()
            },
            fields: Fields::clone(&job.fields),
        };
        let receipt = job.receipt.clone();
        self.ask(p, Role::Settler, |server| {
            let ours = server.bury(&receipt, &letter, attempt)?;
            Ok(Reply::Settled(1, ours))
        });
    }

    pub(super) fn settler_hears(&mut self, p: usize, answer: Answer) {
        let now = self.server.now();
        let process = &mut self.processes[p];
        process.desk(Role::Settler).next = now;
        match answer {
            Ok(Reply::Settled(count, ours)) => {
                self.finished(p, count);
                if !ours {
                    self.look_again(p);
                }
            }
            Ok(_) => self.finished(p, 1),
            Err(trouble) => {
                process.desk(Role::Settler).next = now + PAUSE;
                self.mend(trouble);
            }
        }
    }

    /// The first tasks are done: their leases end.
    fn finished(&mut self, p: usize, count: usize) {
        let process = &mut self.processes[p];
        let done: Vec<Task> = process.tasks.drain(..count).collect();
        for task in done {
            match task {
                Task::Settle(job) | Task::Retry { job, .. } | Task::Bury(job, ..) => {
                    process.holdings.remove(&job.place);
                }
                Task::Skip(_) | Task::Forget(_) | Task::HandBack { .. } => {}
            }
        }
    }

    /// The settler dies and a new one follows: what it had is handed back.
    pub(super) fn settler_dies(&mut self, p: usize) {
        let now = self.server.now();
        let process = &mut self.processes[p];
        let batch = self.rng.random_range(0..=process.tasks.len());
        let lost: Vec<Task> = process.tasks.drain(..batch).collect();
        for task in lost {
            match task {
                Task::Settle(job) | Task::Retry { job, .. } | Task::Bury(job, ..) => {
                    process.abandon(job, true);
                }
                // Acknowledgements and histories are lost; the entries come back, the sweep comes.
                Task::Skip(_) | Task::Forget(_) | Task::HandBack { .. } => {}
            }
        }
        process.recover = self.settings.recovers;
        let desk = process.desk(Role::Settler);
        (desk.answer, desk.next) = (None, now + PAUSE);
    }

    /// Settles an entry that nobody here wants.
    pub(super) fn skip(&mut self, p: usize, place: Place) {
        self.processes[p].tasks.push_back(Task::Skip(place));
    }

    /// An entry whose every handler died takes the next process with it, if it is let.
    pub(super) fn quarantine(&mut self, p: usize, place: Place, fields: &Fields, deliveries: u64) {
        let now = self.server.now();
        let key = &self.server.streams[place.stream];
        let process = &mut self.processes[p];
        let job = Job {
            place,
            receipt: process.receipt(key, place.id, deliveries),
            fields: Fields::clone(fields),
            attempts: 0,
        };
        process.hold(&job, now);
        process.tasks.push_back(Task::Bury(job, None, true));
    }
}

/// The receipt, when this is to be settled in that stream.
fn settles(task: &Task, stream: usize) -> Option<Receipt> {
    if let Task::Settle(job) = task {
        return (job.place.stream == stream).then(|| job.receipt.clone());
    }
    None
}

fn record(attempt: u64) -> String {
    format!(r#"{{"attempt":{attempt}}}"#)
}
