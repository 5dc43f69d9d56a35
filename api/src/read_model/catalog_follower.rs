//! Keeps the catalogue and the stock current by following their topics.

use std::time::Duration;

use contracts::ProductId;
use store::read_model::{self, Update};
use supervision::{BoxError, TaskContext};

use crate::Api;

/// Blocking time of one read, and so the interval of heartbeats.
const BLOCK: Duration = Duration::from_secs(1);
/// A busy Redis answers a blocked read late; after this time it counts as down.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(6);

impl Api {
    /// Follows the catalogue and the inventory on a dedicated connection until stopped.
    ///
    /// Every start begins with a new snapshot, so that nothing is missed.
    ///
    /// # Errors
    /// When Redis fails; the supervisor restarts the task.
    pub async fn follow_catalog(self, context: TaskContext) -> Result<(), BoxError> {
        let runtime = &self.runtime;
        let mut connection = runtime.server().dedicated(RESPONSE_TIMEOUT).await?;
        self.catalog.expect_snapshot();
        let snapshot = read_model::snapshot(runtime).await?;
        let mut position = snapshot.position.clone();
        self.catalog.replace(snapshot);
        let block_ms = u64::try_from(BLOCK.as_millis())?;
        loop {
            context.pulse.beat();
            let read = read_model::follow(&mut connection, &mut position, block_ms);
            let updates = tokio::select! {
                () = context.stopping.cancelled() => return Ok(()),
                read = read => read?,
            };
            let changed = updates.iter().filter_map(changed).cloned().collect();
            self.catalog.follow(updates);
            let unknown = self.catalog.without_shelves(changed);
            self.look_at_shelves(&unknown).await?;
        }
    }

    /// Reads the shelves of products from Redis.
    pub(crate) async fn look_at_shelves(&self, products: &[ProductId]) -> store::Result<()> {
        if !products.is_empty() {
            let shelves = read_model::shelves(&self.runtime, products).await?;
            self.catalog.count(products, shelves);
        }
        Ok(())
    }
}

/// Returns the product that an update describes.
fn changed(update: &Update) -> Option<&ProductId> {
    match update {
        Update::Changed(stored) => Some(&stored.product.id),
        Update::Removed(..) | Update::Counted(_) => None,
    }
}
