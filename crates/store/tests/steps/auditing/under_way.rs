//! Differences that an unhandled event explains are under way and no drift.

use contracts::{OrderId, Service, event::StockCause};

use super::{drifts, forget, hear_everything, order_key, reservation_key, set, start_services};
use crate::support::{Shop, doc, line};

/// A cancelled order of long ago whose units are still held.
async fn held_after_its_end(shop: &Shop) -> OrderId {
    let order = shop.awaiting(&[line("mug", 1)]).await;
    shop.expire(&order).await;
    order
}

#[tokio::test]
async fn an_event_that_waits_in_the_queue_is_under_way() {
    let shop = Shop::open().await;
    start_services(&shop).await;
    let order = held_after_its_end(&shop).await;
    hear_everything(&shop).await;
    let last = shop.find(&order).await.history.last().unwrap().clone();
    let stream = shop.partition().stream("orders:cancelled");
    // Its last line is of long ago, and yet the cancellation has not been read: an outage.
    let lines = shop.find(&order).await.history.len();
    let old = "OrderConfirmed orders:confirmed 1-0";
    set(&shop, &order_key(&order), "n", &(lines + 1).to_string()).await;
    set(&shop, &order_key(&order), &format!("h:{}", lines + 1), old).await;
    let before = format!("{}-0", last.at_ms() - 1);
    let back = ["XGROUP", "SETID", &stream, "inventory", &before];
    shop.redis::<String>(&back).await;
    assert_eq!(drifts(&shop).await, [], "not read yet");

    let read = shop.deliveries(&stream, Service::Inventory).await;
    assert!(!read.is_empty());
    assert_eq!(drifts(&shop).await, [], "read, and not settled");
    for delivery in read {
        let words = ["XACK", &stream, "inventory", &delivery.receipt.id];
        shop.redis::<u64>(&words).await;
    }
    assert_eq!(drifts(&shop).await, [(3, reservation_key(&order))], "lost");
}

#[tokio::test]
async fn a_service_that_has_just_come_back_has_a_minute() {
    let shop = Shop::open().await;
    let order = held_after_its_end(&shop).await;
    forget(&shop, &order).await;
    let alive = shop.partition().alive("inventory", "host#1-0");
    let now = streamward::clock::now_ms();
    shop.redis::<String>(&["SET", &alive, &now.to_string()])
        .await;
    assert_eq!(drifts(&shop).await, [], "it has just started");
    let long_ago = (now - 61_000).to_string();
    shop.redis::<String>(&["SET", &alive, &long_ago]).await;
    assert_eq!(drifts(&shop).await, [(3, reservation_key(&order))]);
}

#[tokio::test]
async fn an_order_service_that_is_behind_owes_no_order_its_deadline() {
    let shop = Shop::open().await;
    start_services(&shop).await;
    let lines = [line("mug", 1)];
    let placed = shop.place(&doc(&lines)).await;
    forget(&shop, &placed).await;
    let expected = [(4, order_key(&placed))];
    assert_eq!(drifts(&shop).await, expected);
    // An answer of another order that has waited for years: the queue is long.
    let stream = shop.partition().stream("payments:opened");
    shop.redis::<u64>(&["DEL", &stream]).await;
    let group = ["XGROUP", "CREATE", &stream, "order", "$", "MKSTREAM"];
    shop.redis::<String>(&group).await;
    let add = ["XADD", &stream, "5-0", "type", "PaymentOpened"];
    shop.redis::<String>(&add).await;
    assert_eq!(drifts(&shop).await, []);
}

#[tokio::test]
async fn a_reservation_that_ends_while_it_is_looked_at_is_no_drift() {
    let shop = Shop::open().await;
    start_services(&shop).await;
    let order = held_after_its_end(&shop).await;
    forget(&shop, &order).await;
    assert_eq!(drifts(&shop).await.len(), 1);
    let lines = [line("mug", 1)];
    shop.settle(&order, &lines, StockCause::Returned).await;
    assert_eq!(drifts(&shop).await, []);
}
