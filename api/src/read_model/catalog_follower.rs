//! Keeps the catalogue and the stock current by following their topics.

use std::time::Duration;

use contracts::ProductId;
use store::read_model::{self, Update};
use streamward::outage;
use supervision::{BoxError, TaskContext};

use crate::Api;

/// Blocking time of one read in milliseconds, and so the interval of heartbeats.
const BLOCK_MS: u64 = 1000;
/// A busy Redis answers a blocked read late; after this time it counts as down.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(6);

impl Api {
    /// Follows the catalogue and the inventory on a dedicated connection until stopped. Waits out outages
    /// of Redis; the catalogue in memory answers meanwhile.
    ///
    /// # Errors
    /// An error of Redis that waiting cannot cure.
    pub async fn follow_catalog(self, context: TaskContext) -> Result<(), BoxError> {
        outage::outlast(&context, || self.update_catalog(&context)).await
    }

    /// Follows until Redis fails. Begins with a new snapshot, so that nothing is missed.
    async fn update_catalog(&self, context: &TaskContext) -> store::Result<()> {
        let runtime = &self.runtime;
        let mut connection = runtime.server().dedicated(RESPONSE_TIMEOUT).await?;
        self.catalog.expect_snapshot();
        let snapshot = read_model::snapshot(runtime).await?;
        let mut position = snapshot.position.clone();
        self.catalog.replace(snapshot);
        loop {
            context.pulse.beat();
            let updates = read_model::follow(&mut connection, &mut position, BLOCK_MS).await?;
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
