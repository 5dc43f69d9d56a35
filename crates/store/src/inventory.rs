//! Stock and reservations.

pub(crate) mod adjust;

use contracts::{Line, ProductId, Service};
use serde::Serialize;
use streamward::Runtime;

use crate::{
    Result, Step, keys,
    read::{self, Fields},
};

pub use adjust::{
    Adjusted, Adjustment, LedgerLine, When, adjust_stock, ledger, set_low_stock_threshold,
};

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

    /// The stock of figures in the order of [`NAMES`].
    pub(crate) const fn of(figures: [i64; 6]) -> Self {
        let [
            received,
            available,
            reserved,
            sold,
            transferred_in,
            transferred_out,
        ] = figures;
        Self {
            received,
            available,
            reserved,
            sold,
            transferred_in,
            transferred_out,
        }
    }
}

/// Fields of a product's hash, in the order of `lua/audit/read_stock.lua`.
const NAMES: [&str; 6] = [
    "received",
    "available",
    "reserved",
    "sold",
    "transferredIn",
    "transferredOut",
];

fn stock_keys(step: &Step<'_>, items: &[Line]) -> Vec<String> {
    let partition = step.partition;
    let stocks = items
        .iter()
        .map(|line| keys::stock(partition, &line.product_id));
    [
        keys::reservation(partition, step.order),
        keys::topics(partition, Service::Inventory),
    ]
    .into_iter()
    .chain(stocks)
    .collect()
}

replies! {
    /// Result of reserving units.
    #[derive(Copy)]
    pub Reserved {
        /// All lines are reserved.
        Reserved = "RESERVED",
        /// Not enough units of a product; nothing is reserved.
        Rejected = "REJECTED",
        /// Reserved or ended before.
        Late = "LATE",
        /// The delivery was settled before.
        Stale = "STALE",
    }
}

/// Reserves all `items` or none.
pub async fn reserve_stock(step: Step<'_>, items: &[Line]) -> Result<Reserved> {
    let script = script!(emits "inventory/reserve_stock" {
        order: step.order,
        lines: items,
    });
    let keys = stock_keys(&step, items);
    step.run(&keys, script).await
}

/// End of a reservation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The order is confirmed: the units are sold.
    Sold,
    /// The order ended unpaid: the units are available again.
    Returned,
    /// The order is refunded: the units are available again, even sold ones.
    Refunded,
}

replies! {
    /// Result of ending a reservation.
    #[derive(Copy)]
    pub ReservationEnd {
        /// The units are sold or available again.
        Ended = "ENDED",
        /// No reservation existed; a later one is refused.
        None = "NONE",
        /// Ended before.
        Late = "LATE",
        /// The delivery was settled before.
        Stale = "STALE",
    }
}

/// Ends the order's reservation. `low_stock` is the threshold of products without their own.
pub async fn end_reservation(
    step: Step<'_>,
    items: &[Line],
    ending: Ending,
    low_stock: Option<u32>,
) -> Result<ReservationEnd> {
    let ending = match ending {
        Ending::Sold => "sold",
        Ending::Returned => "returned",
        Ending::Refunded => "refunded",
    };
    let script = script!(emits "inventory/end_reservation" {
        order: step.order,
        ending,
        low_stock,
        lines: items,
    });
    let keys = stock_keys(&step, items);
    step.run(&keys, script).await
}

/// The stock of a product, summed over all partitions.
pub async fn stock(runtime: &Runtime, product: &ProductId) -> Result<Stock> {
    let mut link = runtime.server().link();
    let mut sum = Stock::default();
    for partition in runtime.partitions() {
        let fields: Fields = read::hash(&mut link, &keys::stock(partition, product)).await?;
        let part = Stock::of(NAMES.map(|name| fields.number(name)));
        sum.received += part.received;
        sum.available += part.available;
        sum.reserved += part.reserved;
        sum.sold += part.sold;
        sum.transferred_in += part.transferred_in;
        sum.transferred_out += part.transferred_out;
    }
    Ok(sum)
}
