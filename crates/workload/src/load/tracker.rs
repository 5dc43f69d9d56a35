//! The state of the load generator's orders.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::Notify,
    time::{Instant, timeout, timeout_at},
};

/// Counts and times so far.
#[derive(Debug, Default)]
pub(super) struct Figures {
    /// Orders placed, and the time their request was sent.
    pub(super) started: HashMap<String, Instant>,
    /// Duration of each request.
    pub(super) requests: Vec<Duration>,
    /// Orders ended, with their final state and time; includes orders of other programs.
    pub(super) ended: HashMap<String, (String, Instant)>,
    /// Orders placed, by the plan of their customer.
    pub(super) plans: HashMap<&'static str, u64>,
    /// Durations of requests that the shop refused, by reason.
    pub(super) refused: HashMap<String, Vec<Duration>>,
    /// Requests sent twice concurrently.
    pub(super) twice: u64,
    /// Requests that never got an order, by their last response.
    pub(super) failures: HashMap<String, u64>,
    open: usize,
    /// Signals that an order's card was declined.
    declined: HashMap<String, Arc<Notify>>,
}

/// The figures, shared between customers and the follower.
#[derive(Debug, Default)]
pub(super) struct OrderTracker {
    figures: Mutex<Figures>,
    changed: Notify,
}

impl OrderTracker {
    fn figures(&self) -> MutexGuard<'_, Figures> {
        self.figures.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn placed(&self, order: String, plan: &'static str, sent: Instant) {
        let mut figures = self.figures();
        *figures.plans.entry(plan).or_default() += 1;
        figures.requests.push(sent.elapsed());
        if !figures.ended.contains_key(&order) {
            figures.open += 1;
        }
        figures.started.insert(order, sent);
    }

    pub(super) fn refused(&self, reason: &str, sent: Instant) {
        let mut figures = self.figures();
        let times = figures.refused.entry(reason.to_owned()).or_default();
        times.push(sent.elapsed());
    }

    pub(super) fn sent_twice(&self) {
        self.figures().twice += 1;
    }

    fn declined(&self, order: &str) -> Arc<Notify> {
        let mut figures = self.figures();
        Arc::clone(figures.declined.entry(order.to_owned()).or_default())
    }

    /// Records that the order's card was declined.
    pub(super) fn payment_failed(&self, order: &str) {
        self.declined(order).notify_one();
    }

    /// Waits until the order's card was declined; returns false if that takes too long.
    pub(super) async fn payment_failed_within(&self, order: &str, patience: Duration) -> bool {
        let declined = self.declined(order);
        timeout(patience, declined.notified()).await.is_ok()
    }

    pub(super) fn failed(&self, response: &str) {
        let mut figures = self.figures();
        *figures.failures.entry(response.to_owned()).or_default() += 1;
    }

    pub(super) fn ended(&self, order: &str, state: &str, at: Instant) {
        let mut figures = self.figures();
        let known = figures
            .ended
            .insert(order.to_owned(), (state.to_owned(), at));
        if known.is_none() && figures.started.contains_key(order) {
            figures.open -= 1;
        }
        if figures.open == 0 {
            self.changed.notify_one();
        }
    }

    pub(super) async fn wait_until_all_ended(&self, patience: Duration) {
        let deadline = Instant::now() + patience;
        while self.figures().open > 0 {
            if timeout_at(deadline, self.changed.notified()).await.is_err() {
                return;
            }
        }
    }

    /// Returns the final figures.
    pub(super) fn close(&self) -> Figures {
        std::mem::take(&mut *self.figures())
    }
}
