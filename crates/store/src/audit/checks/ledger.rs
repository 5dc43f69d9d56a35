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

/// Returns the sum of a ledger's units as text.
fn sum_of(stock: &Stock) -> String {
    let units = stock.received + stock.transferred_in - stock.transferred_out;
    format!(
        "does not add up: {units} units came, and there are {} available, {} reserved, {} sold",
        stock.available, stock.reserved, stock.sold
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
        drifts.push(Drift::by_hand(kind, key, problem, how).planned(plan));
    };
    if !stock.balances() {
        name(Kind::StockSum, sum_of(stock));
    }
    for (kind, word, state, is, say) in [
        (
            Kind::StockReserved,
            "reserved",
            "held",
            stock.reserved,
            seen.reserved,
        ),
        (Kind::StockSold, "sold", "sold", stock.sold, seen.sold),
    ] {
        if is != say {
            name(
                kind,
                format!("{word} is {is}, {state} reservations say {say}"),
            );
        }
    }
}
