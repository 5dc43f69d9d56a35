//! A reservation ends once: sold or returned, whatever comes first, and however often.

use contracts::{
    Service,
    event::{InventoryUpdated, StockCause, StockLevel},
};
use store::inventory::{self, Reserved, Settled};

use crate::support::{Effect, Shop, line, product, unknown_order};

async fn ends(shop: &Shop, cause: StockCause) -> InventoryUpdated {
    let (order, lines) = (unknown_order(), [line("mug", 2), line("pen", 1)]);
    shop.receive("mug", 5).await;
    shop.receive("pen", 5).await;
    shop.reserve(&order, &lines).await;
    let (answer, effect) = shop.settle(&order, &lines, cause).await;
    assert_eq!(answer, Settled::Settled);
    effect.settled_and_wrote(&[
        "inventory",
        "inventory:reservation:*",
        "inventory:stock:mug",
        "inventory:stock:pen",
    ]);
    let event: InventoryUpdated = shop.event("inventory").await;
    assert_eq!(
        (event.order_id.as_ref(), event.cause),
        (Some(&order), cause)
    );
    for again in [StockCause::Sold, StockCause::Returned] {
        let late = shop.settle(&order, &lines, again).await;
        assert_eq!(late, (Settled::Late, Effect::SETTLED));
    }
    event
}

fn level(id: &str, (available, reserved, sold): (i64, i64, i64)) -> StockLevel {
    StockLevel {
        product_id: product(id),
        available,
        reserved,
        sold,
    }
}

#[tokio::test]
async fn sold_units_leave_the_shelf() {
    let shop = Shop::open().await;
    let event = ends(&shop, StockCause::Sold).await;
    assert_eq!(
        event.levels,
        [level("mug", (3, 0, 2)), level("pen", (4, 0, 1))]
    );
    assert_eq!(shop.stock("mug").await, (3, 0, 2));
    assert_eq!(shop.stock("pen").await, (4, 0, 1));
}

#[tokio::test]
async fn returned_units_are_available_again() {
    let shop = Shop::open().await;
    let event = ends(&shop, StockCause::Returned).await;
    assert_eq!(
        event.levels,
        [level("mug", (5, 0, 0)), level("pen", (5, 0, 0))]
    );
    assert_eq!(shop.stock("mug").await, (5, 0, 0));
    assert_eq!(shop.stock("pen").await, (5, 0, 0));
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Op {
    Reserve,
    End(StockCause),
}

const OPS: [Op; 3] = [
    Op::Reserve,
    Op::End(StockCause::Sold),
    Op::End(StockCause::Returned),
];

/// Every sequence of one to four operations.
fn sequences() -> Vec<Vec<Op>> {
    let mut all: Vec<Vec<Op>> = Vec::new();
    let mut last: Vec<Vec<Op>> = vec![Vec::new()];
    for _ in 0..4 {
        last = last
            .iter()
            .flat_map(|start| OPS.map(|op| [&start[..], &[op]].concat()))
            .collect();
        all.extend_from_slice(&last);
    }
    all
}

/// Runs one operation on a delivery of its own, twice; says whether it did anything.
async fn run(shop: &Shop, order: &contracts::OrderId, op: Op) -> bool {
    let lines = [line("mug", 3)];
    let cause = shop.about(order, "orders", Service::Inventory).await;
    let step = || shop.at(&cause, order);
    match op {
        Op::Reserve => {
            let first = inventory::reserve(step(), &lines).await.unwrap();
            let second = inventory::reserve(step(), &lines).await.unwrap();
            assert_eq!(second, Reserved::Stale);
            first == Reserved::Reserved
        }
        Op::End(end) => {
            let first = inventory::settle(step(), &lines, end).await.unwrap();
            let second = inventory::settle(step(), &lines, end).await.unwrap();
            assert_eq!(second, Settled::Stale);
            first == Settled::Settled
        }
    }
}

#[tokio::test]
async fn every_sequence_moves_each_unit_at_most_once() {
    let shop = Shop::open().await;
    let (mut available, mut sold) = (1000, 0);
    shop.receive("mug", available).await;
    for sequence in sequences() {
        let order = unknown_order();
        let (mut held, mut ended) = (false, false);
        for op in &sequence {
            let expected = match op {
                Op::Reserve => !held && !ended,
                Op::End(_) => held && !ended,
            };
            let did = run(&shop, &order, *op).await;
            assert_eq!(did, expected, "{op:?} in {sequence:?}");
            match op {
                Op::Reserve => {
                    held |= did;
                    available -= if did { 3 } else { 0 };
                }
                Op::End(StockCause::Sold) if did => sold += 3,
                Op::End(_) if did => available += 3,
                Op::End(_) => {}
            }
            ended |= *op != Op::Reserve;
            let reserved = if held && !ended { 3 } else { 0 };
            // What stays held belongs to an earlier sequence that ended with its reservation.
            let left = 1000 - available - sold - reserved;
            let figures = shop.stock("mug").await;
            assert_eq!(figures, (available, reserved + left, sold), "{sequence:?}");
        }
    }
}
