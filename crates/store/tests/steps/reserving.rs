//! An order gets all of its lines or none.

use contracts::event::{InventoryRejected, InventoryReserved, Shortage, StockCause, StockLevel};
use store::inventory::{ReservationEnd, Reserved};

use crate::support::{Effect, Shop, line, product, unknown_order};

fn shortage(id: &str, requested: u32, available: u32) -> Shortage {
    Shortage {
        product_id: product(id),
        requested,
        available,
    }
}

fn level(id: &str, available: i64, reserved: i64) -> StockLevel {
    StockLevel {
        product_id: product(id),
        available,
        reserved,
        sold: 0,
        revision: 2,
    }
}

async fn rejected(shop: &Shop, lines: &[contracts::Line], shortages: &[Shortage]) {
    let order = unknown_order();
    let (answer, effect) = shop.reserve(&order, lines).await;
    assert_eq!(answer, Reserved::Rejected);
    effect.settled_and_wrote(&["inventory:rejected"]);
    let event: InventoryRejected = shop.event("inventory").await;
    assert_eq!((&event.order_id, &event.shortages[..]), (&order, shortages));
}

#[tokio::test]
async fn all_lines_are_reserved_together() {
    let shop = Shop::open().await;
    shop.receive("mug", 5).await;
    shop.receive("pen", 9).await;
    let order = unknown_order();
    let (answer, effect) = shop
        .reserve(&order, &[line("mug", 2), line("pen", 9)])
        .await;
    assert_eq!(answer, Reserved::Reserved);
    effect.settled_and_wrote(&[
        "inventory:reservation:*",
        "inventory:reserved",
        "inventory:stock:mug",
        "inventory:stock:pen",
    ]);
    let event: InventoryReserved = shop.event("inventory").await;
    assert_eq!(event.order_id, order);
    assert_eq!(event.levels, [level("mug", 3, 2), level("pen", 0, 9)]);
    assert_eq!(shop.stock("mug").await, (3, 2, 0));
    assert_eq!(shop.stock("pen").await, (0, 9, 0));
}

#[tokio::test]
async fn one_short_line_keeps_all_others_on_the_shelf() {
    let shop = Shop::open().await;
    shop.receive("mug", 5).await;
    shop.receive("pen", 1).await;
    shop.receive("cup", 2).await;
    let lines = [line("mug", 5), line("pen", 2), line("cup", 3)];
    let missing = [shortage("pen", 2, 1), shortage("cup", 3, 2)];
    rejected(&shop, &lines, &missing).await;
    assert_eq!(shop.stock("mug").await, (5, 0, 0));
    assert_eq!(shop.stock("pen").await, (1, 0, 0));
}

#[tokio::test]
async fn exactly_the_stock_is_granted_and_one_more_is_not() {
    let shop = Shop::open().await;
    shop.receive("mug", 4).await;
    rejected(&shop, &[line("mug", 5)], &[shortage("mug", 5, 4)]).await;
    let all = shop.reserve(&unknown_order(), &[line("mug", 4)]).await;
    assert_eq!(all.0, Reserved::Reserved);
    rejected(&shop, &[line("mug", 1)], &[shortage("mug", 1, 0)]).await;
    assert_eq!(shop.stock("mug").await, (0, 4, 0));
}

#[tokio::test]
async fn of_an_unknown_product_there_is_nothing() {
    let shop = Shop::open().await;
    rejected(&shop, &[line("mug", 1)], &[shortage("mug", 1, 0)]).await;
    assert_eq!(shop.stock("mug").await, (0, 0, 0));
}

#[tokio::test]
async fn a_redelivered_order_reserves_once() {
    let shop = Shop::open().await;
    shop.receive("mug", 5).await;
    let (order, lines) = (unknown_order(), [line("mug", 2)]);
    shop.reserve(&order, &lines).await;
    let again = shop.reserve(&order, &lines).await;
    assert_eq!(again, (Reserved::Late, Effect::SETTLED));
    assert_eq!(shop.stock("mug").await, (3, 2, 0));
}

#[tokio::test]
async fn an_order_that_was_ended_first_reserves_nothing() {
    let shop = Shop::open().await;
    shop.receive("mug", 5).await;
    let (order, lines) = (unknown_order(), [line("mug", 2)]);
    let (ended, effect) = shop.settle(&order, &lines, StockCause::Returned).await;
    assert_eq!(ended, ReservationEnd::None);
    effect.settled_and_wrote(&["inventory:reservation:*"]);
    let late = shop.reserve(&order, &lines).await;
    assert_eq!(late, (Reserved::Late, Effect::SETTLED));
    assert_eq!(shop.stock("mug").await, (5, 0, 0));
}
