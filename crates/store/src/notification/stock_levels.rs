//! Low stock: detects it once per product, whatever the order of the deliveries.

use contracts::{
    ProductId, Service,
    event::{LowStockReported, Message, StockLevel},
};
use streamward::{Delivery, Envelope, Partition, Runtime, pack};

use crate::{Result, keys, scripts};

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

    /// The id of the entry as it was written first, whatever way it came.
    pub const fn seen(&self) -> &str {
        self.seen
    }

    /// Notes the levels; answers those that are to be told of, now at or below their own threshold or,
    /// without one, `threshold`.
    ///
    /// # Errors
    /// [`streamward::Error`].
    pub async fn observe_stock_levels<'l>(
        &self,
        levels: &'l [StockLevel],
        threshold: u32,
    ) -> Result<Vec<&'l StockLevel>> {
        let mut call = scripts::OBSERVE_STOCK_LEVELS
            .call(&[keys::low_stock(self.partition)])
            .arg(self.seen);
        for level in levels {
            call = call
                .arg(level.product_id.as_str())
                .arg(level.available)
                .arg(level.low_stock.unwrap_or(threshold));
        }
        let mut reply = call.run(&mut self.runtime.server().link()).await?;
        if reply.tag() != "OBSERVED" {
            return Err(reply.unexpected());
        }
        let scarce: Vec<String> = reply.take()?;
        let is_scarce =
            |level: &&StockLevel| scarce.iter().any(|id| level.product_id.as_str() == id);
        Ok(levels.iter().filter(is_scarce).collect())
    }

    /// Marks the low stock of a product as reported to the administrators.
    ///
    /// # Errors
    /// [`streamward::Error`].
    pub async fn mark_reported(&self, product: &ProductId, event: &LowStockReported) -> Result<()> {
        let envelope = Envelope::next(self.delivery.trace());
        let stream = keys::stream(self.partition, Service::Notification);
        let call = scripts::MARK_REPORTED
            .call(&[keys::low_stock(self.partition), stream])
            .arg(&envelope.id)
            .arg(&envelope.at)
            .arg(&envelope.tp)
            .arg(self.seen)
            .arg(product.as_str())
            .arg(pack(LowStockReported::KIND, event)?);
        let reply = call.run(&mut self.runtime.server().link()).await?;
        match reply.tag() {
            "REPORTED" | "KNOWN" => Ok(()),
            _ => Err(reply.unexpected()),
        }
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
