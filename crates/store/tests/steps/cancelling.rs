//! A customer takes an order back until it is paid; whatever comes at the same moment, one wins.

use contracts::{
    OrderId, OrderStatus,
    event::{CancelReason, OrderCancelled, StockCause},
};
use store::{
    inventory::Reserved,
    order::{CancelRequest, Expired, Held, HoldAnswer, Paid, cancel_order},
    promotion,
};
use streamward::TraceParent;

use crate::support::{Effect, Shop, doc, doc_with, eur, line, unknown_order};

async fn asked_by(shop: &Shop, order: &OrderId, reason: CancelReason) -> (CancelRequest, Effect) {
    let trace = TraceParent::start();
    shop.observe(cancel_order(&shop.runtime, order, reason, trace))
        .await
}

async fn observe_cancel(shop: &Shop, order: &OrderId) -> (CancelRequest, Effect) {
    asked_by(shop, order, CancelReason::ByCustomer).await
}

async fn is_cancelled(shop: &Shop, order: &OrderId, wrote: &[&str]) {
    let (answer, effect) = observe_cancel(shop, order).await;
    assert_eq!(answer, CancelRequest::Cancelled);
    effect.wrote(wrote);
    let event: OrderCancelled = shop.event("orders").await;
    let found = shop.find(order).await;
    let expected = OrderCancelled {
        order_id: order.clone(),
        reason: CancelReason::ByCustomer,
        order: found.doc.clone(),
    };
    assert_eq!(event, expected);
    assert_eq!(found.status, OrderStatus::Cancelled);
    assert_eq!(found.reason.as_deref(), Some("customer"));
    let again = observe_cancel(shop, order).await;
    assert_eq!(again, (CancelRequest::Replay, Effect::NOTHING));
}

async fn is_refused(shop: &Shop, order: &OrderId, status: &str) {
    let refused = CancelRequest::NotCancellable(status.to_owned());
    assert_eq!(
        observe_cancel(shop, order).await,
        (refused, Effect::NOTHING)
    );
}

#[tokio::test]
async fn an_order_that_awaits_its_payment_is_cancelled_and_its_timer_with_it() {
    let shop = Shop::open().await;
    let order = shop.awaiting(&[line("mug", 1)]).await;
    is_cancelled(&shop, &order, &["order:*", "order:*", "orders:cancelled"]).await;
    assert_eq!(shop.expire(&order).await, (Expired::Late, Effect::SETTLED));
}

#[tokio::test]
async fn an_order_that_waits_for_its_holds_is_cancelled_and_their_answers_are_late() {
    let shop = Shop::open().await;
    let lines = [line("mug", 1)];
    shop.receive("mug", 1).await;
    let order = shop.place(&doc(&lines)).await;
    shop.reserve(&order, &lines).await;
    is_cancelled(&shop, &order, &["order:*", "orders:cancelled"]).await;
    assert_eq!(shop.hold(&order, None).await, (Held::Late, Effect::SETTLED));
    shop.settle(&order, &lines, StockCause::Returned).await;
    assert_eq!(shop.stock("mug").await, (1, 0, 0));
}

#[tokio::test]
async fn an_order_that_is_cancelled_before_anybody_saw_it_holds_nothing() {
    let shop = Shop::open().await;
    let terms = crate::support::coupon("TEN", contracts::Discount::Percent(10));
    shop.offer(&terms).await;
    shop.receive("mug", 1).await;
    let doc = doc_with("TEN", &[line("mug", 1)]);
    let order = shop.place(&doc).await;
    is_cancelled(
        &shop,
        &order,
        &[
            "order:*",
            "orders:cancelled",
            "orders:cancelled-with-coupon",
        ],
    )
    .await;
    // The cancellation overtakes the placing.
    shop.settle(&order, &doc.items, StockCause::Returned).await;
    shop.settle_coupon(&order, &doc, promotion::Ending::Returned)
        .await;
    assert_eq!(shop.reserve(&order, &doc.items).await.0, Reserved::Late);
    assert_eq!(
        shop.hold_coupon(&order, &doc).await.0,
        promotion::Held::Late
    );
    assert_eq!(shop.stock("mug").await, (1, 0, 0));
    assert_eq!(shop.counts("TEN").await, (0, 0));
    let late = (Held::Late, Effect::SETTLED);
    let answer = HoldAnswer::Coupon(eur(100));
    assert_eq!(shop.coupon(&order, answer).await, late);
}

#[tokio::test]
async fn a_payment_that_comes_first_wins() {
    let shop = Shop::open().await;
    let order = shop.awaiting(&[line("mug", 1)]).await;
    assert_eq!(shop.paid(&order, eur(1000)).await.0, Paid::Confirmed);
    is_refused(&shop, &order, "confirmed").await;
}

#[tokio::test]
async fn a_payment_after_the_cancellation_is_refunded() {
    let shop = Shop::open().await;
    let order = shop.awaiting(&[line("mug", 1)]).await;
    is_cancelled(&shop, &order, &["order:*", "order:*", "orders:cancelled"]).await;
    assert_eq!(shop.paid(&order, eur(1000)).await.0, Paid::Refund);
    let again = observe_cancel(&shop, &order).await;
    assert_eq!(again, (CancelRequest::Replay, Effect::NOTHING));
    assert_eq!(shop.find(&order).await.status, OrderStatus::Cancelled);
}

#[tokio::test]
async fn an_order_that_ended_otherwise_stays_as_it_ended() {
    let shop = Shop::open().await;
    let late = shop.awaiting(&[line("mug", 1)]).await;
    shop.expire(&late).await;
    is_refused(&shop, &late, "cancelled").await;
    let rejected = shop.place(&doc(&[line("mug", 1)])).await;
    shop.hold(&rejected, Some(&[])).await;
    is_refused(&shop, &rejected, "rejected").await;
    let unknown = observe_cancel(&shop, &unknown_order()).await;
    assert_eq!(unknown, (CancelRequest::Unknown, Effect::NOTHING));
}

#[tokio::test]
async fn a_cancelled_order_names_its_author() {
    let shop = Shop::open().await;
    let order = shop.awaiting(&[line("mug", 1)]).await;
    let (answer, _) = asked_by(&shop, &order, CancelReason::ByAdmin).await;
    assert_eq!(answer, CancelRequest::Cancelled);
    let event: OrderCancelled = shop.event("orders").await;
    assert_eq!(event.reason, CancelReason::ByAdmin);
    assert_eq!(shop.find(&order).await.reason.as_deref(), Some("admin"));
    let again = asked_by(&shop, &order, CancelReason::ByAdmin).await;
    assert_eq!(again, (CancelRequest::Replay, Effect::NOTHING));
    is_refused(&shop, &order, "cancelled").await;
}
