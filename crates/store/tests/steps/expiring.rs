//! The time to pay ends an order that is still open, and no other.

use contracts::{
    OrderStatus,
    event::{CancelReason, OrderCancelled},
};
use store::order::{Expired, Paid};

use crate::support::{Effect, Shop, doc, eur, line, unknown_order};

#[tokio::test]
async fn an_unpaid_order_is_cancelled_when_its_time_is_over() {
    let shop = Shop::open().await;
    let order = shop.awaiting(&[line("mug", 1)]).await;
    let (expired, effect) = shop.expire(&order).await;
    assert_eq!(expired, Expired::Cancelled);
    effect.settled_and_wrote(&["order:*", "orders:cancelled"]);
    let event: OrderCancelled = shop.event("orders").await;
    let found = shop.find(&order).await;
    let expected = OrderCancelled {
        order_id: order.clone(),
        reason: CancelReason::PaymentTimeout,
        order: found.doc.clone(),
    };
    assert_eq!(event, expected);
    assert_eq!(found.status, OrderStatus::Cancelled);
    assert_eq!(found.reason.as_deref(), Some("paymentTimeout"));
}

#[tokio::test]
async fn paid_before_the_timer_stays_paid() {
    let shop = Shop::open().await;
    let order = shop.awaiting(&[line("mug", 1)]).await;
    assert_eq!(shop.paid(&order, eur(1000)).await.0, Paid::Confirmed);
    assert_eq!(shop.expire(&order).await, (Expired::Late, Effect::SETTLED));
    assert_eq!(shop.find(&order).await.status, OrderStatus::Confirmed);
}

#[tokio::test]
async fn paid_after_the_timer_stays_cancelled_and_is_refunded() {
    let shop = Shop::open().await;
    let order = shop.awaiting(&[line("mug", 1)]).await;
    assert_eq!(shop.expire(&order).await.0, Expired::Cancelled);
    assert_eq!(shop.paid(&order, eur(1000)).await.0, Paid::Refund);
    assert_eq!(shop.expire(&order).await, (Expired::Late, Effect::SETTLED));
    assert_eq!(shop.find(&order).await.status, OrderStatus::Cancelled);
}

#[tokio::test]
async fn a_timer_of_an_order_that_never_awaited_payment_is_late() {
    let shop = Shop::open().await;
    let order = shop.place(&doc(&[line("mug", 1)])).await;
    assert_eq!(shop.expire(&order).await, (Expired::Late, Effect::SETTLED));
    shop.hold(&order, Some(&[])).await;
    assert_eq!(shop.expire(&order).await, (Expired::Late, Effect::SETTLED));
    assert_eq!(shop.find(&order).await.status, OrderStatus::Rejected);
}

#[tokio::test]
async fn a_timer_of_no_order_is_left_to_the_runtime() {
    let shop = Shop::open().await;
    let unknown = shop.expire(&unknown_order()).await;
    assert_eq!(unknown, (Expired::Unknown, Effect::NOTHING));
}
