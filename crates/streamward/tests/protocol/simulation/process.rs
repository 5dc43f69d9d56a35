//! What one process has in its memory. A crash takes all of it.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use super::{books::Place, deliveries::Read, intake::IntakeState, settler::Task};
use crate::model::{Fields, Id, Name, Receipt, Reclaimed, Refused, Renewed, Takeover};

/// The roles of a process, as far as they talk to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    Heartbeat,
    Renewer,
    Intake,
    Reclaimer,
    Worker,
    Settler,
    Timekeeper,
    Reaper,
    Janitor,
}

impl Role {
    pub(super) const ALL: [Self; 9] = [
        Self::Heartbeat,
        Self::Renewer,
        Self::Intake,
        Self::Reclaimer,
        Self::Worker,
        Self::Settler,
        Self::Timekeeper,
        Self::Reaper,
        Self::Janitor,
    ];
}

/// Why a call failed, as its caller sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    NoGroup,
    /// No answer came. The call may have run.
    Silence,
}

impl From<Refused> for Trouble {
    fn from(_: Refused) -> Self {
        Self::NoGroup
    }
}

/// What a role is told by the server.
#[derive(Debug)]
pub(super) enum Reply {
    /// It is done.
    Done,
    Read(Read),
    /// With the order in which the call named the streams.
    Reclaimed(Vec<usize>, Reclaimed),
    /// With the receipts that the call named, and when it started.
    Renewed(Vec<Receipt>, u64, Renewed),
    Pending(Vec<Id>),
    Consumers(Vec<Name>),
    Reaped(Takeover),
    Leads(bool),
    Promoted(usize),
    /// So many tasks are done; whether all were still the caller's.
    Settled(usize, bool),
}

pub(super) type Answer = Result<Reply, Trouble>;

/// Where a role stands between two of its steps.
#[derive(Debug, Default)]
pub(super) struct Desk {
    /// Not before this time.
    pub(super) next: u64,
    /// An answer on its way, there at `next`.
    pub(super) answer: Option<Answer>,
}

/// A delivery on its way to a worker, or with one.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub(super) place: Place,
    pub(super) receipt: Receipt,
    pub(super) fields: Fields,
    pub(super) attempts: u64,
}

/// How a handler is going to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plan {
    /// A step script settles, as soon as it is called.
    Step,
    Done,
    /// After this time, or after the usual backoff.
    Retry(Option<u64>),
    Dead,
    Panic,
}

/// A worker at work.
#[derive(Clone, Debug)]
pub(super) struct Work {
    pub(super) job: Job,
    pub(super) plan: Plan,
    pub(super) ends: u64,
}

/// What the process believes to hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    pub(super) deliveries: u64,
    /// When its lease was last known to start.
    pub(super) since: u64,
    pub(super) lost: bool,
}

/// Whether a process runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    Running,
    /// SIGSTOP, until then.
    Frozen(u64),
    /// SIGTERM: workers may finish until then.
    Stopping(u64),
    /// It starts again then, under another name.
    Gone(u64),
}

/// A process.
#[derive(Debug)]
pub(super) struct Process {
    pub(super) name: Name,
    pub(super) life: Life,
    pub(super) desks: BTreeMap<Role, Desk>,
    pub(super) workers: usize,
    pub(super) waiting: VecDeque<Job>,
    pub(super) working: Vec<Work>,
    pub(super) holdings: BTreeMap<Place, Held>,
    /// What the settler is to do.
    pub(super) tasks: VecDeque<Task>,
    /// A look at the own pending entries is asked for.
    pub(super) recover: bool,
    /// Who moves entries between "pending" and "in flight".
    pub(super) claiming: Option<Role>,
    pub(super) intake: IntakeState,
    pub(super) cursors: Vec<Id>,
    /// The stream that comes first in the next claim.
    pub(super) first: usize,
    /// What the reaper looks at next.
    pub(super) reaping: VecDeque<(usize, Option<Name>)>,
    /// What the janitor does next.
    pub(super) chores: VecDeque<super::upkeep::Chore>,
    /// Streams that are yet to be renewed in this pass.
    pub(super) renewing: VecDeque<usize>,
    /// Since when it could have claimed what is due.
    pub(super) able_since: Option<u64>,
}

impl Process {
    pub(super) fn boot(name: Name, (streams, workers): (usize, usize), now: u64) -> Self {
        let desk = |role| {
            let desk = Desk {
                next: now,
                answer: None,
            };
            (role, desk)
        };
        Self {
            name,
            life: Life::Running,
            desks: Role::ALL.map(desk).into(),
            workers,
            waiting: VecDeque::new(),
            working: Vec::new(),
            holdings: BTreeMap::new(),
            tasks: VecDeque::new(),
            recover: true,
            claiming: None,
            intake: IntakeState::Opening(0),
            cursors: vec![Id::ZERO; streams],
            first: 0,
            reaping: VecDeque::new(),
            chores: VecDeque::new(),
            renewing: VecDeque::new(),
            able_since: None,
        }
    }

    pub(super) fn desk(&mut self, role: Role) -> &mut Desk {
        self.desks.get_mut(&role).expect("every role has a desk")
    }

    /// How many more deliveries can start now.
    pub(super) fn free(&self) -> usize {
        self.workers
            .saturating_sub(self.working.len() + self.waiting.len())
    }

    /// Whether it reads and claims.
    pub(super) fn is_open(&self) -> bool {
        self.life == Life::Running
    }

    /// All deliveries that are handled here or wait for it.
    pub(super) fn jobs(&self) -> impl Iterator<Item = &Job> {
        self.waiting
            .iter()
            .chain(self.working.iter().map(|work| &work.job))
    }

    /// Registers a delivery as in flight here.
    pub(super) fn hold(&mut self, job: &Job, now: u64) {
        let held = Held {
            deliveries: job.receipt.deliveries,
            since: now,
            lost: false,
        };
        self.holdings.insert(job.place, held);
    }

    /// Its handling broke off: whoever settles gives it back.
    pub(super) fn abandon(&mut self, job: Job, begun: bool) {
        self.holdings.remove(&job.place);
        self.tasks.push_back(Task::HandBack {
            receipt: job.receipt,
            begun,
        });
    }

    pub(super) fn receipt(&self, key: &Name, id: Id, deliveries: u64) -> Receipt {
        Receipt {
            stream: Arc::clone(key),
            id,
            consumer: Arc::clone(&self.name),
            deliveries,
        }
    }
}
