//! Stock and reservations.

mod adjust;

use std::collections::HashMap;

use contracts::{Line, ProductId, Service};
use serde::Serialize;
use streamward::Runtime;

use crate::{Result, Step, keys, scripts};

pub use adjust::{
    Adjusted, Adjustment, LedgerLine, When, adjust_stock, ledger, set_low_stock_threshold,
};

/// Result of reserving units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reserved {
    /// All lines are reserved.
    Reserved,
    /// Not enough of something; nothing is reserved.
    Rejected,
    /// Reserved or ended before.
    Late,
    /// The delivery was settled before.
    Stale,
}

/// Result of ending a reservation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReservationEnd {
    /// The units are sold or available again.
    Ended,
    /// No reservation existed; a later one is refused.
    None,
    /// Ended before.
    Late,
    /// The delivery was settled before.
    Stale,
}

/// The stock ledger of one product in one partition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Stock {
    /// Units that ever came in, write-offs taken off.
    pub received: i64,
    /// Units that can be reserved.
    pub available: i64,
    /// Units held for open orders.
    pub reserved: i64,
    /// Units sold.
    pub sold: i64,
    /// Units that came from other partitions.
    pub transferred_in: i64,
    /// Units that went to other partitions.
    pub transferred_out: i64,
}

impl Stock {
    /// Whether every unit is accounted for.
    pub const fn balances(&self) -> bool {
        let units = self.received + self.transferred_in - self.transferred_out;
        units == self.available + self.reserved + self.sold
            && self.available >= 0
            && self.reserved >= 0
            && self.sold >= 0
    }

    pub(crate) fn read(fields: &HashMap<String, i64>) -> Self {
        let units = |name| fields.get(name).copied().unwrap_or(0);
        Self {
            received: units("received"),
            available: units("available"),
            reserved: units("reserved"),
            sold: units("sold"),
            transferred_in: units("transferredIn"),
            transferred_out: units("transferredOut"),
        }
    }
}

fn stock_keys(step: &Step<'_>, items: &[Line]) -> Vec<String> {
    let partition = step.partition;
    let mut all = Vec::with_capacity(items.len() + 2);
    all.push(keys::reservation(partition, step.order));
    all.push(keys::stream(partition, Service::Inventory));
    all.extend(
        items
            .iter()
            .map(|line| keys::stock(partition, &line.product_id)),
    );
    all
}

/// Reserves all `items` or none.
///
/// # Errors
/// [`streamward::Error`].
pub async fn reserve_stock(mut step: Step<'_>, items: &[Line]) -> Result<Reserved> {
    let mut call = step
        .call(&scripts::RESERVE_STOCK, &stock_keys(&step, items))
        .arg(step.order.as_str());
    for line in items {
        call = call.arg(line.product_id.as_str()).arg(line.quantity);
    }
    let reply = call.run(&mut step.link).await?;
    match reply.tag() {
        "RESERVED" => Ok(Reserved::Reserved),
        "REJECTED" => Ok(Reserved::Rejected),
        "LATE" => Ok(Reserved::Late),
        "STALE" => Ok(Reserved::Stale),
        _ => Err(reply.unexpected()),
    }
}

/// Marks the order's reserved units as sold.
///
/// # Errors
/// [`streamward::Error`].
pub async fn sell(step: Step<'_>, items: &[Line]) -> Result<ReservationEnd> {
    end_reservation(step, items, "sold").await
}

/// Returns the order's reserved units to the available stock.
///
/// # Errors
/// [`streamward::Error`].
pub async fn release(step: Step<'_>, items: &[Line]) -> Result<ReservationEnd> {
    end_reservation(step, items, "returned").await
}

/// Returns the units of a refunded order to the available stock, even sold ones.
///
/// # Errors
/// [`streamward::Error`].
pub async fn restock(step: Step<'_>, items: &[Line]) -> Result<ReservationEnd> {
    end_reservation(step, items, "refunded").await
}

async fn end_reservation(
    mut step: Step<'_>,
    items: &[Line],
    ending: &str,
) -> Result<ReservationEnd> {
    let mut call = step
        .call(&scripts::END_RESERVATION, &stock_keys(&step, items))
        .arg(step.order.as_str())
        .arg(ending);
    for line in items {
        call = call.arg(line.product_id.as_str()).arg(line.quantity);
    }
    let reply = call.run(&mut step.link).await?;
    match reply.tag() {
        "ENDED" => Ok(ReservationEnd::Ended),
        "NONE" => Ok(ReservationEnd::None),
        "LATE" => Ok(ReservationEnd::Late),
        "STALE" => Ok(ReservationEnd::Stale),
        _ => Err(reply.unexpected()),
    }
}

/// The stock of a product, summed over all partitions.
///
/// # Errors
/// [`streamward::Error`].
pub async fn stock(runtime: &Runtime, product: &ProductId) -> Result<Stock> {
    let mut link = runtime.server().link();
    let mut sum = Stock::default();
    for partition in runtime.partitions() {
        let mut get = redis::cmd("HGETALL");
        get.arg(keys::stock(partition, product));
        let part = Stock::read(&get.query_async(&mut link).await?);
        sum.received += part.received;
        sum.available += part.available;
        sum.reserved += part.reserved;
        sum.sold += part.sold;
        sum.transferred_in += part.transferred_in;
        sum.transferred_out += part.transferred_out;
    }
    Ok(sum)
}
