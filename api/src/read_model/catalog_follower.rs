//! Keeps the read model current.

use std::time::Duration;

use contracts::ProductId;
use store::read_model::{self, Update};
use supervision::{BoxError, TaskContext};

use crate::Api;

/// How long one read waits for changes; also how often the follower shows that it lives.
const BLOCK: Duration = Duration::from_secs(1);
/// Redis answers a blocked read late when it is busy; past this it does not answer at all.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(6);

impl Api {
    /// Follows the catalogue and the inventory on a connection of its own until asked to stop.
    ///
    /// Every start begins with a new snapshot, so nothing is missed while it was down.
    ///
    /// # Errors
    /// When Redis fails; the supervisor starts it again.
    pub async fn follow_catalog(self, context: TaskContext) -> Result<(), BoxError> {
        let runtime = self.runtime();
        let mut connection = runtime.server().dedicated(RESPONSE_TIMEOUT).await?;
        let snapshot = read_model::snapshot(runtime).await?;
        let mut position = snapshot.position.clone();
        self.catalog().replace(snapshot);
        let block_ms = u64::try_from(BLOCK.as_millis())?;
        loop {
            context.pulse.beat();
            let read = read_model::follow(&mut connection, &mut position, block_ms);
            let updates = tokio::select! {
                () = context.stopping.cancelled() => return Ok(()),
                read = read => read?,
            };
            let changed = updates.iter().filter_map(changed).cloned().collect();
            self.catalog().follow(updates);
            let unknown = self.catalog().without_shelves(changed);
            self.look_at_shelves(&unknown).await?;
        }
    }

    /// Reads what there is of products of which the model does not know that.
    pub(crate) async fn look_at_shelves(&self, products: &[ProductId]) -> store::Result<()> {
        if !products.is_empty() {
            let shelves = read_model::shelves(self.runtime(), products).await?;
            self.catalog().count(products, shelves);
        }
        Ok(())
    }
}

/// The product that an update describes.
fn changed(update: &Update) -> Option<&ProductId> {
    match update {
        Update::Changed(stored) => Some(&stored.product.id),
        Update::Removed(..) | Update::Counted(_) => None,
    }
}
