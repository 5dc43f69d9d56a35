//! Work that is finished although nobody waits for its answer any more.
//!
//! A client that goes away takes the future of its request with it, wherever that stands. What must not be
//! left half done - a deed whose answer is yet to be noted - runs here.

use std::sync::{Mutex, PoisonError};

use tokio::{sync::oneshot, task::JoinSet};
use tracing::Instrument;

/// The background_tasks of one process. They end by themselves: each is bounded by the time limits of what it calls.
#[derive(Default)]
pub(crate) struct BackgroundTasks(Mutex<JoinSet<()>>);

impl BackgroundTasks {
    /// Runs `work` to its end and answers what came of it; `None` when it panicked.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let (send, answer) = oneshot::channel();
        let errand = async move {
            // Nobody may be left to hear it.
            let _ = send.send(work.await);
        };
        {
            let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            while running.try_join_next().is_some() {}
            running.spawn(errand.in_current_span());
        }
        answer.await.ok()
    }
}
