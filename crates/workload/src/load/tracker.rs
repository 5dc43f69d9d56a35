//! What the load generator knows of its orders.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{Notify, oneshot},
    time::Instant,
};

/// The figures so far.
#[derive(Debug, Default)]
pub(super) struct Figures {
    /// Orders placed: when their request was sent.
    pub(super) started: HashMap<String, Instant>,
    /// How long each request took.
    pub(super) requests: Vec<Duration>,
    /// Orders ended: how and when. May know strangers' orders too.
    pub(super) ended: HashMap<String, (String, Instant)>,
    /// Orders placed, by what their customers do.
    pub(super) plans: HashMap<&'static str, u64>,
    /// Orders the shop refused to take: why, and how long the answer took.
    pub(super) refused: HashMap<String, Vec<Duration>>,
    /// Requests sent twice at once.
    pub(super) twice: u64,
    /// Requests that were never answered with an order, by their last answer.
    pub(super) failures: HashMap<String, u64>,
    open: usize,
    /// Orders whose customers wait to hear that their card was declined.
    waiting: HashMap<String, oneshot::Sender<()>>,
    /// Orders whose card was declined before their customer asked.
    declined: HashSet<String>,
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

    pub(super) fn refused(&self, why: &str, sent: Instant) {
        let mut figures = self.figures();
        let times = figures.refused.entry(why.to_owned()).or_default();
        times.push(sent.elapsed());
    }

    pub(super) fn sent_twice(&self) {
        self.figures().twice += 1;
    }

    /// The order's card was declined.
    pub(super) fn payment_failed(&self, order: &str) {
        let mut figures = self.figures();
        match figures.waiting.remove(order) {
            // Whoever waited may have given up.
            Some(waiting) => drop(waiting.send(())),
            None => drop(figures.declined.insert(order.to_owned())),
        }
    }

    /// Waits until the order's card was declined; false when that does not happen in time.
    pub(super) async fn payment_failed_within(&self, order: &str, patience: Duration) -> bool {
        let (tell, told) = oneshot::channel();
        {
            let mut figures = self.figures();
            if figures.declined.remove(order) {
                return true;
            }
            figures.waiting.insert(order.to_owned(), tell);
        }
        matches!(tokio::time::timeout(patience, told).await, Ok(Ok(())))
    }

    pub(super) fn failed(&self, answer: &str) {
        *self
            .figures()
            .failures
            .entry(answer.to_owned())
            .or_default() += 1;
    }

    pub(super) fn ended(&self, order: &str, how: &str, at: Instant) {
        let mut figures = self.figures();
        let first = figures
            .ended
            .insert(order.to_owned(), (how.to_owned(), at))
            .is_none();
        if first && figures.started.contains_key(order) {
            figures.open -= 1;
        }
        if figures.open == 0 {
            self.changed.notify_one();
        }
    }

    pub(super) async fn wait_until_all_ended(&self, patience: Duration) {
        let deadline = Instant::now() + patience;
        while self.figures().open > 0 {
            if tokio::time::timeout_at(deadline, self.changed.notified())
                .await
                .is_err()
            {
                return;
            }
        }
    }

    /// The final figures.
    pub(super) fn close(&self) -> Figures {
        std::mem::take(&mut *self.figures())
    }
}
