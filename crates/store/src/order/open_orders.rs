//! Limits against hoarding: what a customer may have reserved without paying.
//!
//! An order counts while it waits for the customer: from its placement when no payment method came
//! with it, else from its first failed charge, until it is confirmed or has ended. An order whose
//! charge is under way holds nothing back, so an outage of the payment service locks nobody out.

use std::time::Duration;

use contracts::{Line, OrderDocument, OrderId, ProductId};
use streamward::{Link, Partition, unpack};

use crate::{Result, keys};

/// A customer's list goes this long after its last change: the time to pay is shorter.
pub(super) const TTL: Duration = Duration::from_secs(7 * 24 * 3600);

/// What a customer may have open and unpaid at a time.
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
    /// This many units of the product wait in the customer's unpaid orders already.
    Units(ProductId, u32),
}

/// `<product> <units> ..`: ids have no spaces.
pub(super) fn lines_of(items: &[Line]) -> String {
    let words: Vec<String> = items
        .iter()
        .map(|line| format!("{} {}", line.product_id, line.quantity))
        .collect();
    words.join(" ")
}

/// What the order was placed with; `None` when there is no such order that can be read.
pub(super) async fn doc_of(
    link: &mut Link,
    partition: &Partition,
    order: &OrderId,
) -> Result<Option<OrderDocument>> {
    let mut get = redis::cmd("HGET");
    get.arg(keys::order(partition, order)).arg("doc");
    let bytes: Option<Vec<u8>> = get.query_async(link).await?;
    Ok(bytes.and_then(|bytes| unpack(&bytes).ok()))
}
