//! Free lanes of the workers, and jobs that wait for one.
//!
//! A worker has some lanes, each for one delivery at a time. Pull, not push: a reader requests no more
//! entries than there are free lanes, because ractor's mailboxes have no bound. COUNT counts per stream,
//! and a read asks each for its share of the streams that were busy last: when more are, the waiting jobs
//! are bounded by the number of streams times the lanes, and by the reclaimed batches.

mod lanes;

use std::{
    collections::VecDeque,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

use ractor::{ActorRef, ActorStatus, MessagingErr};
use supervision::Fault;
use tokio::sync::Notify;

pub(crate) use self::lanes::Lanes;
use super::lease::Job;

/// Message to a worker.
pub(crate) enum WorkerMessage {
    /// Handle this delivery, and those that wait.
    Job(Box<Job>),
    /// Simulate a crash.
    InjectFault(Fault),
}

/// Simulated crashes of this process so far. A worker under load has to end its turn for one.
static INJECTED: AtomicU32 = AtomicU32::new(0);

/// Number of simulated crashes of this process so far.
pub(crate) fn injected_faults() -> u32 {
    INJECTED.load(Ordering::Acquire)
}

impl From<Fault> for WorkerMessage {
    fn from(fault: Fault) -> Self {
        INJECTED.fetch_add(1, Ordering::AcqRel);
        Self::InjectFault(fault)
    }
}

/// A worker without a delivery.
struct Idle {
    worker: ActorRef<WorkerMessage>,
    lanes: usize,
}

#[derive(Default)]
struct Inner {
    /// The one that is longest without a delivery comes first: a worker that has just been replaced
    /// after a panic gets no entry of the same kind before the others.
    idle: VecDeque<Idle>,
    /// Free lanes of workers that handle a delivery.
    open: usize,
    /// Free lanes without an actor: a test takes their jobs by hand.
    stand_ins: usize,
    waiting: VecDeque<Box<Job>>,
    closed: bool,
}

impl Inner {
    fn free(&self) -> usize {
        let idle: usize = self.idle.iter().map(|idle| idle.lanes).sum();
        (idle + self.open + self.stand_ins).saturating_sub(self.waiting.len())
    }
}

/// The free lanes of one consumer.
#[derive(Default)]
pub(crate) struct Slots {
    inner: Mutex<Inner>,
    freed: Notify,
    /// A job waits for a lane of a worker that handles a delivery.
    arrived: Notify,
}

impl Slots {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Jobs that can start now.
    pub(crate) fn free(&self) -> usize {
        self.lock().free()
    }

    /// Waits until at least one job can start.
    pub(crate) async fn wait_for_one(&self) {
        loop {
            let freed = self.freed.notified();
            if self.free() > 0 {
                return;
            }
            freed.await;
            // Deliveries that end together make room for one larger read.
            tokio::task::yield_now().await;
        }
    }

    /// Adds a new worker, and drops those that died while they were idle.
    pub(crate) fn enlist(&self, worker: &ActorRef<WorkerMessage>, lanes: usize) {
        let lives = |idle: &Idle| idle.worker.get_status() < ActorStatus::Stopping;
        self.lock().idle.retain(lives);
        self.offer(worker, lanes);
    }

    /// Gives an idle worker a waiting job, or lets it wait for one.
    pub(crate) fn offer(&self, worker: &ActorRef<WorkerMessage>, lanes: usize) {
        let mut inner = self.lock();
        match inner.waiting.pop_front() {
            Some(job) => {
                // It was announced to a free lane of another worker, which stays free.
                let freed = inner.free() > 0;
                drop(inner);
                if freed {
                    self.freed.notify_waiters();
                }
                // The successor of a worker that died since offers itself. The job is dropped, which
                // hands its entry back.
                if worker.cast(WorkerMessage::Job(job)).is_err() {
                    tracing::debug!("a worker died as it was offered a waiting job");
                }
            }
            None => {
                inner.idle.push_back(Idle {
                    worker: worker.clone(),
                    lanes,
                });
                drop(inner);
                self.freed.notify_waiters();
            }
        }
    }

    /// Gives the job to a worker with a free lane, or lets it wait for one.
    pub(crate) fn dispatch(&self, job: Box<Job>) {
        let mut inner = self.lock();
        if inner.closed {
            drop(inner);
            return drop(job);
        }
        inner.waiting.push_back(job);
        if inner.waiting.len() <= inner.open {
            drop(inner);
            self.arrived.notify_one();
        } else {
            self.start(inner);
        }
    }

    /// Starts idle workers on waiting jobs for which busy workers have no lane.
    fn start<'a>(&'a self, mut inner: MutexGuard<'a, Inner>) {
        while inner.waiting.len() > inner.open
            && let Some(Idle { worker, .. }) = inner.idle.pop_front()
        {
            let Some(job) = inner.waiting.pop_front() else {
                return;
            };
            drop(inner);
            // A worker that died while it was idle returns its job. Its successor offers itself.
            let sent = worker.cast(WorkerMessage::Job(job));
            inner = self.lock();
            if let Err(MessagingErr::SendErr(WorkerMessage::Job(returned))) = sent
                && !inner.closed
            {
                inner.waiting.push_front(returned);
            }
        }
        // A lane may have become free while the job was on its way to a worker that died.
        if inner.open > 0 && !inner.waiting.is_empty() {
            self.arrived.notify_one();
        }
    }

    /// Opens the lanes of a worker that begins with one delivery.
    pub(crate) fn occupy(&self, lanes: usize) -> Lanes<'_> {
        let free = lanes.saturating_sub(1);
        self.lock().open += free;
        if free > 0 {
            self.freed.notify_waiters();
        }
        Lanes::new(self, free)
    }

    /// Adds free lanes that belong to no actor: their jobs wait until [`Slots::take_job`].
    pub(crate) fn add_stand_ins(&self, lanes: usize) {
        self.lock().stand_ins += lanes;
        self.freed.notify_waiters();
    }

    /// Whether a stand-in is free and a job waits for one.
    #[cfg(test)]
    pub(crate) fn has_job(&self) -> bool {
        let inner = self.lock();
        inner.stand_ins > 0 && !inner.waiting.is_empty()
    }

    /// Jobs that wait for a worker.
    #[cfg(test)]
    pub(crate) fn waiting(&self) -> usize {
        self.lock().waiting.len()
    }

    /// Takes a waiting job for a stand-in, which is busy until it is added again.
    pub(crate) fn take_job(&self) -> Option<Box<Job>> {
        let mut inner = self.lock();
        if inner.stand_ins == 0 {
            return None;
        }
        let job = inner.waiting.pop_front()?;
        inner.stand_ins -= 1;
        Some(job)
    }

    /// Stops the start of jobs; waiting ones are handed back.
    pub(crate) fn close(&self) {
        let waiting = {
            let mut inner = self.lock();
            inner.closed = true;
            std::mem::take(&mut inner.waiting)
        };
        drop(waiting);
    }

    /// Lets jobs start (again).
    pub(crate) fn open(&self) {
        self.lock().closed = false;
    }
}
