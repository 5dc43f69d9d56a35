//! Keeps the search index current.

use std::time::Duration;

use supervision::{BoxError, TaskContext};
use tokio::task::spawn_blocking;

use crate::Api;

/// How long changes are gathered for one commit: long enough to make few segments, short enough that
/// nobody waits to find what they have just written.
const GATHER: Duration = Duration::from_millis(200);
/// Texts of one commit, so that the task shows in between that it lives.
const LARGEST_COMMIT: usize = 5000;

impl Api {
    /// Indexes what changes until asked to stop. Every start begins with all products: an index that
    /// failed in the middle of a change is not trusted to know which ones it has.
    ///
    /// # Errors
    /// When the index fails; the supervisor starts it again.
    pub async fn keep_index(self, context: TaskContext) -> Result<(), BoxError> {
        self.catalog().rewrite_all();
        loop {
            context.pulse.beat();
            if self.index_some().await? {
                continue;
            }
            let pause = tokio::time::sleep(GATHER);
            if context.stopping.run_until_cancelled(pause).await.is_none() {
                return Ok(());
            }
        }
    }

    /// Indexes some of what has changed, beside the threads that answer; says whether there was any.
    pub(crate) async fn index_some(&self) -> Result<bool, BoxError> {
        let texts = self.catalog().take_rewritten(LARGEST_COMMIT);
        if texts.is_empty() {
            return Ok(false);
        }
        let api = self.clone();
        spawn_blocking(move || api.search().write(&texts)).await??;
        Ok(true)
    }
}
