//! What the load generator knows of its orders.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};

/// The figures so far.
#[derive(Debug, Default)]
pub(super) struct Figures {
    /// Orders placed: when their request was sent.
    pub(super) started: HashMap<String, Instant>,
    /// How long each request took.
    pub(super) requests: Vec<Duration>,
    /// Orders ended: how and when. May know strangers' orders too.
    pub(super) ended: HashMap<String, (String, Instant)>,
    /// Requests that were never answered with an order, by their last answer.
    pub(super) failures: HashMap<String, u64>,
    open: usize,
}

/// The figures, shared between shoppers and the follower.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    figures: Mutex<Figures>,
    changed: Notify,
}

impl Ledger {
    fn figures(&self) -> MutexGuard<'_, Figures> {
        self.figures.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn placed(&self, order: String, sent: Instant) {
        let mut figures = self.figures();
        figures.requests.push(sent.elapsed());
        if !figures.ended.contains_key(&order) {
            figures.open += 1;
        }
        figures.started.insert(order, sent);
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
