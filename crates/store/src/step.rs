//! Input of every step script: the delivery that it settles, and the partition of the order.

use contracts::{Contact, Currency, CustomerId, OrderDocument, OrderId, event::Message};
use streamward::{Delivery, Envelope, Error, Partition, Receipt, Runtime, SharedConnection, pack};

use crate::{
    Result,
    script::{Answer, Arguments},
};

/// A step of an order: the delivery to settle, the partition, and the envelope of its event.
#[derive(Debug)]
pub struct Step<'a> {
    pub(crate) order: &'a OrderId,
    pub(crate) partition: &'a Partition,
    pub(crate) settling: Settling<'a>,
}

impl<'a> Step<'a> {
    /// The step of `order` that settles `delivery`.
    ///
    /// # Errors
    /// When the order's id names a partition that this shop does not have.
    pub fn new(runtime: &'a Runtime, delivery: &'a Delivery, order: &'a OrderId) -> Result<Self> {
        Ok(Self {
            order,
            partition: partition_of(runtime, order)?,
            settling: Settling::of(runtime, delivery),
        })
    }

    /// The partition that the order lives in.
    pub const fn partition(&self) -> &'a Partition {
        self.partition
    }

    /// Runs the step's script.
    pub(crate) async fn run<A: Answer>(mut self, keys: &[String], script: Arguments) -> Result<A> {
        self.settling.run(keys, script).await
    }
}

/// The delivery that a script settles, and the envelope of the event that it may emit.
#[derive(Debug)]
pub(crate) struct Settling<'a> {
    receipt: &'a Receipt,
    pub(crate) envelope: Envelope,
    pub(crate) link: SharedConnection,
}

impl<'a> Settling<'a> {
    pub(crate) fn of(runtime: &Runtime, delivery: &'a Delivery) -> Self {
        Self {
            receipt: &delivery.receipt,
            envelope: Envelope::next(delivery.trace()),
            link: runtime.server().link(),
        }
    }

    /// Runs a script with the delivered stream before `keys`, and its front before the arguments.
    pub(crate) async fn run<A: Answer>(&mut self, keys: &[String], script: Arguments) -> Result<A> {
        let (receipt, Envelope { id, at, tp }) = (self.receipt, &self.envelope);
        let mut all: Vec<&str> = Vec::with_capacity(keys.len() + 1);
        all.push(&receipt.stream);
        all.extend(keys.iter().map(String::as_str));
        let front = [&*receipt.group, &receipt.id, id, at, tp];
        let front = &front[..script.front.len()];
        script.run(&mut self.link, &all, front).await
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

/// Packs an event of an order up to its last field, the order document.
///
/// The script appends the document as the order's hash holds it, packed.
///
/// # Errors
/// [`Error::Pack`], also when the document is not the last field.
pub(crate) fn pack_head<E: Message>(event: impl FnOnce(OrderDocument) -> E) -> Result<Vec<u8>> {
    let document = OrderDocument {
        customer_id: CustomerId::new(0, 0),
        contact: Contact {
            name: String::new(),
            email: String::new(),
            phone: None,
        },
        items: Vec::new(),
        currency: Currency::EUR,
        coupon: None,
        subtotal: 0,
        discount: 0,
    };
    let tail = pack(E::KIND, &document)?;
    let mut packed = pack(E::KIND, &event(document))?;
    if !packed.ends_with(&tail) {
        return Err(Error::Pack {
            kind: E::KIND,
            cause: "the order document must be the last field".to_owned(),
        });
    }
    packed.truncate(packed.len() - tail.len());
    Ok(packed)
}
