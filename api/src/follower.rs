//! Keeps the read model current.

use std::time::Duration;

use supervision::{BoxError, TaskContext};

use crate::Api;

/// How long one read waits for changes; also how often the follower shows that it lives.
const BLOCK: Duration = Duration::from_secs(1);
/// Redis answers a blocked read late when it is busy; past this it does not answer at all.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(6);

impl Api {
    /// Follows the catalogue on a connection of its own until asked to stop.
    ///
    /// Every start begins with a new snapshot, so nothing is missed while it was down.
    ///
    /// # Errors
    /// When Redis fails; the supervisor starts it again.
    pub async fn follow_catalog(self, context: TaskContext) -> Result<(), BoxError> {
        let runtime = self.runtime();
        let mut connection = runtime.server().dedicated(RESPONSE_TIMEOUT).await?;
        let (products, mut position) = store::catalog::snapshot(runtime).await?;
        self.catalog().replace(products);
        let block_ms = u64::try_from(BLOCK.as_millis())?;
        loop {
            context.pulse.beat();
            let read = store::catalog::follow(runtime, &mut connection, &position, block_ms);
            let (updates, next) = tokio::select! {
                () = context.stopping.cancelled() => return Ok(()),
                read = read => read?,
            };
            self.catalog().apply(updates);
            position = next;
        }
    }
}
