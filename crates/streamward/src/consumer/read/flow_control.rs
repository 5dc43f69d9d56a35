//! Flow control: how many deliveries may start now, and which waits for what.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use super::throttle::Throttle;
use crate::consumer::{
    key_order::KeyOrder,
    options::Options,
    work::{
        lease::{Job, Lease},
        slots::Slots,
    },
};

/// Deliveries that may wait for an earlier one of their key before nothing more is read.
const MOST_WAITING: usize = 1024;

/// The limits of one consumer: free workers, rate, key order, partition ownership, drain.
pub(crate) struct FlowControl {
    pub(crate) slots: Slots,
    throttle: Option<Throttle>,
    /// Only for a consumer that keeps the order of each key.
    pub(crate) key_order: Option<KeyOrder>,
    max_parked: usize,
    draining: AtomicBool,
}

impl FlowControl {
    pub(crate) fn new(options: &Options) -> Self {
        Self {
            slots: Slots::default(),
            throttle: options.per_second.map(Throttle::new),
            key_order: options.ordered.then(KeyOrder::default),
            max_parked: options.max_parked,
            draining: AtomicBool::new(false),
        }
    }

    /// Whether this process may handle what it reads: always, unless one process owns the partition.
    pub(crate) fn may_read(&self) -> bool {
        self.key_order.as_ref().is_none_or(KeyOrder::is_owned)
    }

    /// Deliveries that may start now.
    pub(crate) fn room(&self) -> usize {
        if !self.may_read() {
            return 0;
        }
        let free = self.slots.free();
        let allowed = self.throttle.as_ref().map(Throttle::available);
        allowed.map_or(free, |allowed| allowed.min(free))
    }

    /// New entries that may be read now: none while too many wait for their key. The entries they
    /// wait for are claimed all the same.
    pub(crate) fn room_to_read(&self) -> usize {
        let crowded =
            |order: &KeyOrder| order.waiting() >= MOST_WAITING || order.places() >= self.max_parked;
        if self.key_order.as_ref().is_some_and(crowded) {
            return 0;
        }
        self.room()
    }

    /// Time until the rate limit admits a delivery, if it admits none now.
    pub(crate) fn room_in(&self) -> Option<Duration> {
        let throttle = self.throttle.as_ref()?;
        (throttle.available() == 0).then(|| throttle.ready_in())
    }

    /// Starts a delivery, or lets it wait for a worker or for an earlier entry of its key.
    pub(crate) fn dispatch(&self, job: Job) {
        if let Some(throttle) = &self.throttle {
            throttle.take(1);
        }
        let job = Box::new(job);
        let first = match &self.key_order {
            Some(order) if !job.delivery.key().is_empty() => order.arrive(job.lease.stream, job),
            _ => Some(job),
        };
        if let Some(job) = first {
            self.slots.dispatch(job);
        }
    }

    /// Ends the lease of a settled or dead-lettered entry and starts the next delivery of its key.
    pub(crate) fn finish(&self, lease: Lease) {
        let (stream, id) = (lease.stream, lease.receipt.id.clone());
        lease.end();
        self.release_key(stream, id);
    }

    /// Starts the next delivery of the key of an entry that is gone.
    pub(crate) fn release_key(&self, stream: usize, id: String) {
        let next = self.key_order.as_ref();
        if let Some(next) = next.and_then(|order| order.leave(&(stream, id))) {
            self.slots.dispatch(next);
        }
    }

    /// Lets jobs start again: a restart of all roles ends the drain of their last run.
    pub(crate) fn start_reading(&self) {
        self.draining.store(false, Ordering::Release);
        self.slots.open();
    }

    /// Hands back everything that has not started.
    pub(crate) fn start_draining(&self) {
        self.draining.store(true, Ordering::Release);
        self.slots.close();
        if let Some(order) = &self.key_order {
            order.clear();
            order.end_ownership();
        }
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Acquire)
    }
}

/// Visiting orders over some streams, without end: each comes first in turn, so that none starves.
#[derive(Clone, Debug)]
pub(crate) struct Rotation {
    streams: usize,
    first: usize,
}

impl Rotation {
    pub(crate) const fn over(streams: usize) -> Self {
        Self { streams, first: 0 }
    }

    pub(crate) fn next_order(&mut self) -> Vec<usize> {
        let Self { streams, first } = *self;
        self.first = (first + 1) % streams.max(1);
        (0..streams).map(|n| (first + n) % streams).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stream_comes_first_in_turn() {
        let mut rotation = Rotation::over(3);
        let orders = [(); 4].map(|()| rotation.next_order());
        assert_eq!(orders, [[0, 1, 2], [1, 2, 0], [2, 0, 1], [0, 1, 2]]);
        assert!(Rotation::over(0).next_order().is_empty());
    }
}
