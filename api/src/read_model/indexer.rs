//! Keeps the search index current with the catalogue.

use std::time::Duration;

use supervision::{BoxError, TaskContext};
use tokio::task::spawn_blocking;

use crate::Api;

/// Interval of commits: long enough for few segments, short enough that new texts are found at once.
const GATHER: Duration = Duration::from_millis(200);
/// Texts of one commit; the task beats in between.
const LARGEST_COMMIT: usize = 5000;

impl Api {
    /// Indexes changes until stopped. Every start begins with all products: an index that failed in the middle of a
    /// change may be incomplete.
    ///
    /// # Errors
    /// When the index fails; the supervisor restarts the task.
    pub async fn keep_index(self, context: TaskContext) -> Result<(), BoxError> {
        self.catalog.rewrite_all();
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

    /// Indexes some of the changes on a blocking thread; returns whether there were any.
    pub(crate) async fn index_some(&self) -> Result<bool, BoxError> {
        let texts = self.catalog.take_rewritten(LARGEST_COMMIT);
        if texts.is_empty() {
            return Ok(false);
        }
        let api = self.clone();
        spawn_blocking(move || api.search.write(&texts)).await??;
        Ok(true)
    }
}
