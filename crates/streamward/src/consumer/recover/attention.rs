//! Attention: until when the reclaimer looks often, because an entry of this process falls due.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};

/// A due entry is claimable a little later than its pause says: the server rounds its idle time.
const MARGIN: Duration = Duration::from_millis(100);

/// The time until which an entry that this process has parked, or found, falls due.
#[derive(Default)]
pub(crate) struct Attention {
    until: Mutex<Option<Instant>>,
    raised: Notify,
}

impl Attention {
    fn until(&self) -> MutexGuard<'_, Option<Instant>> {
        self.until.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An entry falls due after `pause`.
    pub(crate) fn raise(&self, pause: Duration) {
        let due = Instant::now() + pause + MARGIN;
        let mut until = self.until();
        let was_over = until.is_none_or(|until| until < Instant::now());
        *until = Some(until.map_or(due, |until| until.max(due)));
        drop(until);
        if was_over {
            self.raised.notify_one();
        }
    }

    /// Whether an entry may fall due now.
    pub(crate) fn is_raised(&self) -> bool {
        self.until().is_some_and(|until| Instant::now() <= until)
    }

    /// Waits until attention is raised.
    pub(crate) async fn raised(&self) {
        self.raised.notified().await;
    }
}
