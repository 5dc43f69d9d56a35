//! Lanes of one worker.

use super::Slots;
use crate::consumer::work::lease::Job;

/// The lanes of a worker that handles deliveries. Dropped with its worker, they are gone.
pub(crate) struct Lanes<'a> {
    slots: &'a Slots,
    free: usize,
    open: bool,
}

impl<'a> Lanes<'a> {
    /// Lanes of which `free` have no delivery.
    pub(super) const fn new(slots: &'a Slots, free: usize) -> Self {
        Self {
            slots,
            free,
            open: true,
        }
    }

    /// Takes a waiting job for a free lane.
    pub(crate) fn take(&mut self) -> Option<Box<Job>> {
        if !self.open || self.free == 0 {
            return None;
        }
        let mut inner = self.slots.lock();
        let job = inner.waiting.pop_front()?;
        inner.open -= 1;
        self.free -= 1;
        let more = inner.open > 0 && !inner.waiting.is_empty();
        drop(inner);
        if more {
            self.slots.arrived.notify_one();
        }
        Some(job)
    }

    /// Waits until a job may wait for a free lane.
    pub(crate) async fn wait(&self) {
        if self.open && self.free > 0 {
            self.slots.arrived.notified().await;
        } else {
            std::future::pending::<()>().await;
        }
    }

    /// Frees the lane of a delivery that has ended.
    pub(crate) fn free_one(&mut self) {
        if self.open {
            self.free += 1;
            self.slots.lock().open += 1;
            self.slots.freed.notify_waiters();
        }
    }

    /// Takes no more jobs. Those that wait go to other workers.
    pub(crate) fn close(&mut self) {
        if std::mem::take(&mut self.open) {
            let mut inner = self.slots.lock();
            inner.open -= self.free;
            self.slots.start(inner);
        }
    }
}

impl Drop for Lanes<'_> {
    fn drop(&mut self) {
        self.close();
    }
}
