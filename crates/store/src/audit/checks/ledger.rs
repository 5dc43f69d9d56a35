//! Compares a product's ledger with its reservations.

use contracts::ProductId;
use streamward::Partition;

use crate::{
    audit::drift::{Drift, Kind, Plan},
    inventory::Stock,
    keys,
};

/// A ledger, and what the reservations said at the same moment.
pub(crate) struct Seen {
    pub(crate) stock: Stock,
    pub(crate) reserved: i64,
    pub(crate) sold: i64,
}

/// The figures in the order that the script's header names.
pub(crate) fn stock_of(row: &[Option<i64>]) -> Stock {
    let figure = |at: usize| row.get(at).copied().flatten().unwrap_or(0);
    Stock {
        received: figure(0),
        available: figure(1),
        reserved: figure(2),
        sold: figure(3),
        transferred_in: figure(4),
        transferred_out: figure(5),
    }
}

/// Returns the sum of a ledger's units as text.
fn sum_of(stock: &Stock) -> String {
    let Stock {
        received,
        available,
        reserved,
        sold,
        transferred_in,
        transferred_out,
    } = stock;
    let units = received + transferred_in - transferred_out;
    format!(
        "does not add up: {units} units came, and there are {available} available, {reserved} reserved, \
         {sold} sold"
    )
}

/// Adds the drifts of a product.
pub(crate) fn judge(
    partition: &Partition,
    product: &ProductId,
    seen: &Seen,
    drifts: &mut Vec<Drift>,
) {
    let stock = &seen.stock;
    let mut name = |kind: Kind, problem: String| {
        let how = "let the ledger follow the reservations; units are never made up".to_owned();
        let key = keys::stock(partition, product);
        let plan = Plan::CorrectStock(partition.index(), product.clone());
        drifts.push(Drift::by_hand(1, key, kind, problem, how).planned(plan));
    };
    if !stock.balances() {
        name(Kind::StockSum, sum_of(stock));
    }
    if stock.reserved != seen.reserved {
        let (is, say) = (stock.reserved, seen.reserved);
        name(
            Kind::StockReserved,
            format!("reserved is {is}, held reservations say {say}"),
        );
    }
    if stock.sold != seen.sold {
        let (is, say) = (stock.sold, seen.sold);
        name(
            Kind::StockSold,
            format!("sold is {is}, sold reservations say {say}"),
        );
    }
}
