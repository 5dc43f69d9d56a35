//! Input of every step script: the delivery that it settles, and the partition of the order.

use contracts::OrderId;
use streamward::{
    Call, Delivery, Envelope, Error, Partition, Receipt, Runtime, Script, SharedConnection,
};

use crate::Result;

/// A step of an order: the delivery to settle, the partition, and the envelope of its event.
#[derive(Debug)]
pub struct Step<'a> {
    pub(crate) receipt: &'a Receipt,
    pub(crate) order: &'a OrderId,
    pub(crate) partition: &'a Partition,
    pub(crate) envelope: Envelope,
    pub(crate) link: SharedConnection,
}

impl<'a> Step<'a> {
    /// The step of `order` that settles `delivery`.
    ///
    /// # Errors
    /// When the order's id names a partition that this shop does not have.
    pub fn new(runtime: &'a Runtime, delivery: &'a Delivery, order: &'a OrderId) -> Result<Self> {
        Ok(Self {
            receipt: &delivery.receipt,
            order,
            partition: partition_of(runtime, order)?,
            envelope: Envelope::next(delivery.trace()),
            link: runtime.server().link(),
        })
    }

    /// The partition that the order lives in.
    pub const fn partition(&self) -> &'a Partition {
        self.partition
    }

    /// Starts a call that only settles and writes: the delivered stream before `keys`, the receipt
    /// before the caller's arguments.
    pub(crate) fn settle<'s>(&self, script: &'s Script, keys: &[String]) -> Call<'s> {
        let mut all: Vec<&str> = Vec::with_capacity(keys.len() + 1);
        all.push(&self.receipt.stream);
        all.extend(keys.iter().map(String::as_str));
        script
            .call(&all)
            .arg(&*self.receipt.group)
            .arg(&self.receipt.id)
    }

    /// Starts a call that also emits: the same, and the envelope behind the receipt.
    pub(crate) fn call<'s>(&self, script: &'s Script, keys: &[String]) -> Call<'s> {
        let envelope = &self.envelope;
        self.settle(script, keys)
            .arg(&envelope.id)
            .arg(&envelope.at)
            .arg(&envelope.tp)
    }
}

/// The partition that holds everything about `order`.
///
/// # Errors
/// When the id names a partition that this shop does not have.
pub(crate) fn partition_of<'a>(runtime: &'a Runtime, order: &OrderId) -> Result<&'a Partition> {
    runtime
        .partition(order.partition())
        .ok_or_else(|| Error::Server {
            setting: "partitions",
            problem: format!(
                "order {order} lies in partition {}, which this shop does not have",
                order.partition()
            ),
        })
}
