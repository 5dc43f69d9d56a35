//! Free workers, and jobs that wait for one.
//!
//! Pull, not push: a reader requests no more entries than there are free workers, because ractor's
//! mailboxes have no bound. COUNT counts per stream, and a read asks each for its share of the streams
//! that were busy last: when more are, the waiting jobs are bounded by the number of streams times the
//! workers, and by the reclaimed batches.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use ractor::{ActorRef, ActorStatus, MessagingErr};
use supervision::Fault;
use tokio::sync::Notify;

use super::lease::Job;

/// Message to a worker.
pub(crate) enum WorkerMessage {
    /// Handle this delivery.
    Job(Box<Job>),
    /// Simulate a crash.
    InjectFault(Fault),
}

impl From<Fault> for WorkerMessage {
    fn from(fault: Fault) -> Self {
        Self::InjectFault(fault)
    }
}

#[derive(Default)]
struct Inner {
    free: Vec<ActorRef<WorkerMessage>>,
    /// Free workers that are no actors: a test takes their jobs by hand.
    stand_ins: usize,
    waiting: VecDeque<Box<Job>>,
    closed: bool,
}

/// The free workers of one consumer.
#[derive(Default)]
pub(crate) struct Slots {
    inner: Mutex<Inner>,
    freed: Notify,
}

impl Slots {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Jobs that can start now.
    pub(crate) fn free(&self) -> usize {
        let inner = self.lock();
        (inner.free.len() + inner.stand_ins).saturating_sub(inner.waiting.len())
    }

    /// Waits until at least one job can start.
    pub(crate) async fn wait_for_one(&self) {
        loop {
            let freed = self.freed.notified();
            if self.free() > 0 {
                return;
            }
            freed.await;
        }
    }

    /// Adds a new worker, and drops those that died while they were free.
    pub(crate) fn enlist(&self, worker: &ActorRef<WorkerMessage>) {
        let lives = |known: &ActorRef<_>| known.get_status() < ActorStatus::Stopping;
        self.lock().free.retain(lives);
        self.offer(worker);
    }

    /// Gives a free worker a waiting job, or lets it wait for one.
    pub(crate) fn offer(&self, worker: &ActorRef<WorkerMessage>) {
        let mut inner = self.lock();
        match inner.waiting.pop_front() {
            Some(job) => {
                // The successor of a worker that died since offers itself. The job is dropped, which
                // hands its entry back.
                drop(inner);
                if worker.cast(WorkerMessage::Job(job)).is_err() {
                    tracing::debug!("a worker died as it was offered a waiting job");
                }
            }
            None => {
                inner.free.push(worker.clone());
                drop(inner);
                self.freed.notify_waiters();
            }
        }
    }

    /// Gives the job to a free worker, or lets it wait for one.
    pub(crate) fn dispatch(&self, job: Box<Job>) {
        let mut job = job;
        loop {
            let mut inner = self.lock();
            if inner.closed {
                drop(inner);
                return drop(job);
            }
            let Some(worker) = inner.free.pop() else {
                inner.waiting.push_back(job);
                return;
            };
            drop(inner);
            match worker.cast(WorkerMessage::Job(job)) {
                Ok(()) => return,
                // It died while it was free. Its successor offers itself.
                Err(MessagingErr::SendErr(WorkerMessage::Job(returned))) => job = returned,
                Err(_) => return,
            }
        }
    }

    /// Adds free workers that are no actors: their jobs wait until [`Slots::take_job`].
    pub(crate) fn add_stand_ins(&self, workers: usize) {
        self.lock().stand_ins += workers;
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
