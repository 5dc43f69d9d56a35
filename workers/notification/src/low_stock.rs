//! A mail to the administrators when a product becomes scarce: one, until there was enough again.
//!
//! What counts is what can still be reserved when units are sold, returned or adjusted: the inventory
//! service says nothing when it only reserves. Levels are those of one partition.

use contracts::event::{InventoryUpdated, LowStockReported, StockLevel};
use store::notification::StockObservation;
use streamward::{Cause, Delivery, Outcome};

use crate::{Courier, Letter, Mail, NotificationHandler, Recipient, SendError, Tag};

/// When a product is scarce, and who is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LowStock {
    /// At or below so many units, unless the product has a threshold of its own.
    pub threshold: u32,
    /// The administrators; all of them get the same mail.
    pub admins: Vec<Recipient>,
}

impl<C: Courier> NotificationHandler<C> {
    pub(crate) async fn watch_stock(
        &self,
        watch: &LowStock,
        event: &InventoryUpdated,
        delivery: &Delivery,
    ) -> Result<Outcome, Cause> {
        let Some(look) = StockObservation::new(&self.runtime, delivery) else {
            let stream = &delivery.receipt.stream;
            let words = format!("stock levels in the stream {stream}");
            return Ok(Outcome::dead(Cause::new(words)));
        };
        for level in look
            .observe_stock_levels(&event.levels, watch.threshold)
            .await?
        {
            if let Err(error) = self.report(watch, level, look.seen()).await {
                return Ok(error.into());
            }
            let reported = LowStockReported {
                product_id: level.product_id.clone(),
                available: level.available,
                threshold: level.low_stock.unwrap_or(watch.threshold),
            };
            look.mark_reported(&level.product_id, &reported).await?;
        }
        Ok(Outcome::Done)
    }

    async fn report(
        &self,
        watch: &LowStock,
        level: &StockLevel,
        seen: &str,
    ) -> Result<(), SendError> {
        let tag = Tag {
            about: level.product_id.to_string(),
            kind: "lowStock",
            nth: Some(seen.to_owned()),
        };
        let threshold = level.low_stock.unwrap_or(watch.threshold);
        let letter = Letter::low_stock(level, threshold, self.settings.language);
        let mail = Mail {
            tag: &tag,
            to: watch.admins.clone(),
            letter: &letter,
        };
        self.courier.mail(&mail).await
    }
}
