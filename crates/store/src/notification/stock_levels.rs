//! Low stock: detects it once per product, whatever the order of the deliveries.

use contracts::{
    ProductId, Service,
    event::{LowStockReported, Message, StockLevel},
};
use streamward::{Delivery, Envelope, Partition, Runtime, pack};

use crate::{Result, keys, script};

/// Stock levels of one delivery.
#[derive(Debug)]
pub struct StockObservation<'a> {
    runtime: &'a Runtime,
    partition: &'a Partition,
    delivery: &'a Delivery,
    seen: &'a str,
}

impl<'a> StockObservation<'a> {
    /// Returns the observation of a delivery; `None` when its stream is not one of this shop's.
    pub fn new(runtime: &'a Runtime, delivery: &'a Delivery) -> Option<Self> {
        let (stream, us) = (&*delivery.receipt.stream, Service::Notification);
        let is_it = |partition: &&Partition| {
            stream == keys::stream(partition, Service::Inventory)
                || stream == partition.inbox(us.name())
        };
        Some(Self {
            runtime,
            partition: runtime.partitions().iter().find(is_it)?,
            delivery,
            seen: first_id(delivery),
        })
    }

    /// The id of the entry as it was first written, also after a replay.
    pub const fn seen(&self) -> &str {
        self.seen
    }

    /// Records the levels and returns those to report: now at or below their own threshold or,
    /// without one, `threshold`.
    pub async fn observe_stock_levels<'l>(
        &self,
        levels: &'l [StockLevel],
        threshold: u32,
    ) -> Result<Vec<&'l StockLevel>> {
        let figures = levels.iter().map(|level| {
            let threshold = level.low_stock.unwrap_or(threshold);
            (&level.product_id, level.available, threshold)
        });
        let script = script!("notification/observe_stock_levels" {
            seen: self.seen,
            levels: figures.collect::<Vec<_>>(),
        });
        let keys = [keys::low_stock(self.partition)];
        let (scarce,): (Vec<String>,) = script::run(self.runtime, &keys, script).await?;
        let is_scarce =
            |level: &&StockLevel| scarce.iter().any(|id| level.product_id.as_str() == id);
        Ok(levels.iter().filter(is_scarce).collect())
    }

    /// Marks the low stock of a product as reported to the administrators.
    pub async fn mark_reported(&self, product: &ProductId, event: &LowStockReported) -> Result<()> {
        let keys = [
            keys::low_stock(self.partition),
            keys::stream(self.partition, Service::Notification),
        ];
        let script = script!("notification/mark_reported" {
            envelope: Envelope::next(self.delivery.trace()),
            seen: self.seen,
            product,
            event: pack(LowStockReported::KIND, event)?,
        });
        script::run(self.runtime, &keys, script).await
    }
}

/// An entry that comes back through the delay queue or from the dead letters has a new id, and names
/// its first one.
fn first_id(delivery: &Delivery) -> &str {
    let entry = &delivery.entry;
    let named = ["dead.first", "retry.first"].map(|field| entry.text(field));
    let named = named.into_iter().find(|id| !id.is_empty());
    named.unwrap_or(&entry.id)
}
