//! Work that outlives the request that started it.
//!
//! When a client disconnects, hyper drops the future of its request at the next await point. Work that must not stop
//! half-way, such as a change whose response is not stored yet, runs here.

use std::sync::{Mutex, PoisonError};

use tokio::{sync::oneshot, task::JoinSet};
use tracing::Instrument;

/// Background tasks of one process. Each is bounded by the time limits of what it calls.
#[derive(Default)]
pub(crate) struct BackgroundTasks(Mutex<JoinSet<()>>);

impl BackgroundTasks {
    /// Runs `work` to its end and returns its result; `None` when it panicked.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> Option<T> {
        let (send, result) = oneshot::channel();
        let task = async move {
            // The request may be gone.
            let _ = send.send(work.await);
        };
        {
            let mut running = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            while running.try_join_next().is_some() {}
            running.spawn(task.in_current_span());
        }
        result.await.ok()
    }
}
