//! Limits against hoarding: unpaid reservations per customer.
//!
//! An order counts while it waits for the customer: from its placement when no payment method came
//! with it, else from its first failed charge, until it is confirmed or has ended. An order whose
//! charge is under way holds nothing back, so an outage of the payment service locks nobody out.

use std::time::Duration;

use contracts::{Line, OrderDocument, OrderId, ProductId};
use streamward::{Partition, Reply, SharedConnection, unpack};

use crate::{Result, keys, read, script::Part};

/// A customer's list goes this long after its last change: the time to pay is shorter.
pub(super) const TTL: Duration = Duration::from_secs(7 * 24 * 3600);

/// Limits on a customer's open, unpaid orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenLimits {
    /// Orders.
    pub orders: u32,
    /// Units of one product in them, the new order's included.
    pub units: u32,
}

impl Default for OpenLimits {
    /// 100 orders and 2,000 units: twice what one line can hold.
    fn default() -> Self {
        Self {
            orders: 100,
            units: 2000,
        }
    }
}

/// A limit that a new order would exceed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OverLimit {
    /// The customer has this many orders to pay, as many as may be.
    Orders(u32),
    /// Too many units of the product; this many are in the customer's unpaid orders.
    Units(ProductId, u32),
}

impl Part for OverLimit {
    fn take(reply: &mut Reply) -> Result<Self> {
        if reply.tag() == "TOO_MANY_ORDERS" {
            return reply.take().map(Self::Orders);
        }
        Ok(Self::Units(Part::take(reply)?, reply.take()?))
    }
}

/// `<product> <units> ..`: ids have no spaces.
pub(super) fn lines_of(items: &[Line]) -> String {
    let words: Vec<String> = items
        .iter()
        .map(|line| format!("{} {}", line.product_id, line.quantity))
        .collect();
    words.join(" ")
}

/// Returns the order document; `None` for an unknown or unreadable order.
pub(super) async fn doc_of(
    link: &mut SharedConnection,
    partition: &Partition,
    order: &OrderId,
) -> Result<Option<OrderDocument>> {
    let bytes: Option<Vec<u8>> = read::field(link, &keys::order(partition, order), "doc").await?;
    Ok(bytes.and_then(|bytes| unpack(&bytes).ok()))
}
