//! A reservation ends once: sold or returned, whatever comes first, and however often.

use contracts::{
    Service,
    event::{InventoryUpdated, StockCause, StockLevel},
};
use store::inventory::{self, Ending, ReservationEnd, Reserved};

use crate::support::{Effect, LOW_STOCK, Shop, line, product, unknown_order};

async fn ends(shop: &Shop, cause: StockCause) -> InventoryUpdated {
    let (order, lines) = (unknown_order(), [line("mug", 2), line("pen", 1)]);
    shop.receive("mug", 5).await;
    shop.receive("pen", 5).await;
    shop.reserve(&order, &lines).await;
    let (answer, effect) = shop.settle(&order, &lines, cause).await;
    assert_eq!(answer, ReservationEnd::Ended);
    effect.settled_and_wrote(&[
        "inventory:reservation:*",
        "inventory:stock:mug",
        "inventory:stock:pen",
        "inventory:updated",
    ]);
    let event: InventoryUpdated = shop.event("inventory").await;
    assert_eq!(
        (event.order_id.as_ref(), event.cause),
        (Some(&order), cause)
    );
    for again in [StockCause::Sold, StockCause::Returned] {
        let late = shop.settle(&order, &lines, again).await;
        assert_eq!(late, (ReservationEnd::Late, Effect::SETTLED));
    }
    event
}

fn level(id: &str, (available, reserved, sold): (i64, i64, i64), revision: u64) -> StockLevel {
    StockLevel {
        product_id: product(id),
        available,
        reserved,
        sold,
        revision,
    }
}

#[tokio::test]
async fn sold_units_leave_the_shelf() {
    let shop = Shop::open().await;
    let event = ends(&shop, StockCause::Sold).await;
    assert_eq!(
        event.levels,
        [level("mug", (3, 0, 2), 3), level("pen", (4, 0, 1), 3)]
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
        [level("mug", (5, 0, 0), 3), level("pen", (5, 0, 0), 3)]
    );
    assert_eq!(shop.stock("mug").await, (5, 0, 0));
    assert_eq!(shop.stock("pen").await, (5, 0, 0));
}

#[tokio::test]
async fn sold_units_of_a_refunded_order_are_available_again() {
    let shop = Shop::open().await;
    let (order, lines) = (unknown_order(), [line("mug", 2), line("pen", 1)]);
    shop.receive("mug", 5).await;
    shop.receive("pen", 5).await;
    shop.reserve(&order, &lines).await;
    shop.settle(&order, &lines, StockCause::Sold).await;
    let (answer, effect) = shop.take_back(&order, &lines).await;
    assert_eq!(answer, ReservationEnd::Ended);
    effect.settled_and_wrote(&[
        "inventory:reservation:*",
        "inventory:stock:mug",
        "inventory:stock:pen",
        "inventory:updated",
    ]);
    let event: InventoryUpdated = shop.event("inventory").await;
    assert_eq!(event.cause, StockCause::Returned);
    assert_eq!(
        event.levels,
        [level("mug", (5, 0, 0), 4), level("pen", (5, 0, 0), 4)]
    );
    let late = (ReservationEnd::Late, Effect::SETTLED);
    assert_eq!(shop.take_back(&order, &lines).await, late);
    for again in [StockCause::Sold, StockCause::Returned] {
        assert_eq!(shop.settle(&order, &lines, again).await, late);
    }
    assert_eq!(shop.stock("mug").await, (5, 0, 0));
}

#[tokio::test]
async fn a_refund_before_the_sale_releases_the_reservation() {
    let shop = Shop::open().await;
    let (order, lines) = (unknown_order(), [line("mug", 2)]);
    shop.receive("mug", 5).await;
    shop.reserve(&order, &lines).await;
    assert_eq!(
        shop.take_back(&order, &lines).await.0,
        ReservationEnd::Ended
    );
    let late = shop.settle(&order, &lines, StockCause::Sold).await;
    assert_eq!(late, (ReservationEnd::Late, Effect::SETTLED));
    assert_eq!(shop.stock("mug").await, (5, 0, 0));
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Op {
    Reserve,
    End(StockCause),
    TakeBack,
}

const OPS: [Op; 4] = [
    Op::Reserve,
    Op::End(StockCause::Sold),
    Op::End(StockCause::Returned),
    Op::TakeBack,
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
    let (first, second) = match op {
        Op::Reserve => {
            let first = inventory::reserve_stock(step(), &lines).await.unwrap();
            let second = inventory::reserve_stock(step(), &lines).await.unwrap();
            assert_eq!(second, Reserved::Stale);
            return first == Reserved::Reserved;
        }
        Op::End(end) => (
            crate::support::end_reservation(step(), &lines, end)
                .await
                .unwrap(),
            crate::support::end_reservation(step(), &lines, end)
                .await
                .unwrap(),
        ),
        Op::TakeBack => {
            let refund = || inventory::end_reservation(step(), &lines, Ending::Refunded, LOW_STOCK);
            (refund().await.unwrap(), refund().await.unwrap())
        }
    };
    assert_eq!(second, ReservationEnd::Stale);
    first == ReservationEnd::Ended
}

/// The state of an order's reserved units.
#[derive(Clone, Copy, Debug, PartialEq)]
enum UnitState {
    New,
    Held,
    Sold,
    Back,
}

/// Returns the state after an operation; a late operation changes nothing.
fn after(state: UnitState, op: Op) -> UnitState {
    match (state, op) {
        (UnitState::New, Op::Reserve) => UnitState::Held,
        (UnitState::Held, Op::End(StockCause::Sold)) => UnitState::Sold,
        // An end before the beginning leaves a mark that keeps the beginning out.
        (UnitState::New | UnitState::Held, Op::End(_) | Op::TakeBack)
        | (UnitState::Sold, Op::TakeBack) => UnitState::Back,
        (state, Op::Reserve | Op::End(_) | Op::TakeBack) => state,
    }
}

#[tokio::test]
async fn every_sequence_moves_each_unit_at_most_once() {
    let shop = Shop::open().await;
    let (mut available, mut reserved, mut sold) = (2000, 0, 0);
    shop.receive("mug", available).await;
    let units = |state, one| if state == one { 3 } else { 0 };
    for sequence in sequences() {
        let order = unknown_order();
        let mut state = UnitState::New;
        for op in &sequence {
            let next = after(state, *op);
            let marked = (state, next) == (UnitState::New, UnitState::Back);
            let did = run(&shop, &order, *op).await;
            assert_eq!(did, state != next && !marked, "{op:?} in {sequence:?}");
            reserved += units(next, UnitState::Held) - units(state, UnitState::Held);
            sold += units(next, UnitState::Sold) - units(state, UnitState::Sold);
            available = 2000 - reserved - sold;
            state = next;
            let figures = (available, reserved, sold);
            assert_eq!(shop.stock("mug").await, figures, "{sequence:?}");
        }
    }
}
