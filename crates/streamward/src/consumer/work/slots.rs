//! Free workers, and jobs that wait for one.
//!
//! Pull, not push: a reader asks Redis only for as many entries as there are free workers, because
//! ractor's mailboxes have no bound. The waiting jobs are the few that one read can return on top
//! (COUNT counts per stream), so they are bounded by the number of streams and reclaimed batches.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
};

use ractor::{ActorRef, ActorStatus};
use tokio::sync::Notify;

use crate::consumer::{work::lease::Job, work::worker::WorkerMessage};

#[derive(Default)]
struct Inner {
    free: Vec<ActorRef<WorkerMessage>>,
    /// Workers that are not actors: somebody takes the waiting jobs by hand.
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

    /// How many more jobs can start now.
    pub(crate) fn free(&self) -> usize {
        let inner = self.lock();
        (inner.free.len() + inner.stand_ins).saturating_sub(inner.waiting.len())
    }

    /// Waits until at least one job could start.
    pub(crate) async fn wait_for_one(&self) -> usize {
        loop {
            let freed = self.freed.notified();
            let free = self.free();
            if free > 0 {
                return free;
            }
            freed.await;
        }
    }

    /// A new worker is free. Those that died while they were free no longer count.
    pub(crate) fn enlist(&self, worker: &ActorRef<WorkerMessage>) {
        let lives = |known: &ActorRef<_>| known.get_status() < ActorStatus::Stopping;
        self.lock().free.retain(lives);
        self.offer(worker);
    }

    /// A worker is free: it gets a waiting job, or waits for one.
    pub(crate) fn offer(&self, worker: &ActorRef<WorkerMessage>) {
        let mut inner = self.lock();
        match inner.waiting.pop_front() {
            Some(job) => {
                // A worker that died since is replaced, and the replacement offers itself; the job
                // is dropped, which hands its entry back.
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
                Err(ractor::MessagingErr::SendErr(WorkerMessage::Job(returned))) => job = returned,
                Err(_) => return,
            }
        }
    }

    /// There are no actors; jobs wait until they are taken by hand.
    pub(crate) fn stand_in(&self, workers: usize) {
        self.lock().stand_ins = workers;
    }

    /// Takes all jobs that wait.
    pub(crate) fn take_waiting(&self) -> VecDeque<Box<Job>> {
        std::mem::take(&mut self.lock().waiting)
    }

    /// No job starts any more; what waits is handed back.
    pub(crate) fn close(&self) {
        let waiting = {
            let mut inner = self.lock();
            inner.closed = true;
            std::mem::take(&mut inner.waiting)
        };
        drop(waiting);
    }

    /// Jobs may start (again).
    pub(crate) fn open(&self) {
        self.lock().closed = false;
    }
}
