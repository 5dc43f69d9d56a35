//! An administrator pays a confirmed order back: once, and everything goes back with it.

use contracts::{
    Discount, OrderId, OrderStatus, PaymentId,
    event::{OrderRefundRequested, OrderRefunded, RefundReason, StockCause},
};
use store::{
    audit,
    order::{HoldAnswer, Paid, RefundRequest, Refunded, request_refund},
    payment::Recorded,
    promotion::Ending,
};
use streamward::TraceParent;

use crate::support::{Effect, Shop, callback, coupon, doc, doc_with, eur, line, unknown_order};

async fn observe_refund(shop: &Shop, order: &OrderId) -> (RefundRequest, Effect) {
    let trace = TraceParent::start();
    shop.observe(request_refund(&shop.runtime, order, trace))
        .await
}

async fn is_refused(shop: &Shop, order: &OrderId, status: &str) {
    let refused = RefundRequest::NotRefundable(status.to_owned());
    assert_eq!(
        observe_refund(shop, order).await,
        (refused, Effect::NOTHING)
    );
}

#[tokio::test]
async fn a_confirmed_order_is_refunded_once() {
    let shop = Shop::open().await;
    let order = shop.confirmed(&[line("mug", 1)]).await;
    let (answer, effect) = observe_refund(&shop, &order).await;
    assert_eq!(answer, RefundRequest::Requested);
    effect.wrote(&["order:*", "orders:refund-requested"]);
    let event: OrderRefundRequested = shop.event("orders").await;
    let expected = OrderRefundRequested {
        order_id: order.clone(),
        payment_id: PaymentId::of(&order),
        reason: RefundReason::Requested,
    };
    assert_eq!(event, expected);
    let found = shop.find(&order).await;
    assert_eq!(found.status, OrderStatus::Refunding);
    assert_eq!(found.payment_status.as_deref(), Some("refunding"));
    let again = (RefundRequest::Replay, Effect::NOTHING);
    assert_eq!(observe_refund(&shop, &order).await, again);

    let (refunded, effect) = shop.refunded(&order).await;
    assert_eq!(refunded, Refunded::Refunded);
    effect.settled_and_wrote(&["order:*", "orders:refunded"]);
    let event: OrderRefunded = shop.event("orders").await;
    let expected = OrderRefunded {
        order_id: order.clone(),
        payment_id: PaymentId::of(&order),
        amount: eur(1000),
        order: found.doc,
    };
    assert_eq!(event, expected);
    let found = shop.find(&order).await;
    assert_eq!(found.status, OrderStatus::Refunded);
    assert_eq!(found.payment_status.as_deref(), Some("refunded"));
    assert_eq!(observe_refund(&shop, &order).await, again);

    let (told_again, effect) = shop.refunded(&order).await;
    assert_eq!(told_again, Refunded::Noted);
    effect.settled_and_wrote(&["order:*"]);
    assert_eq!(shop.find(&order).await.status, OrderStatus::Refunded);
}

#[tokio::test]
async fn the_timeline_shows_a_refund_but_not_that_of_a_late_payment() {
    let shop = Shop::open().await;
    let statuses = async |order: &OrderId| {
        let view = shop.find(order).await;
        let changes = view.changes();
        changes.iter().map(|change| change.0).collect::<Vec<_>>()
    };
    let order = shop.confirmed(&[line("mug", 1)]).await;
    observe_refund(&shop, &order).await;
    shop.refunded(&order).await;
    let expected = [
        OrderStatus::Placed,
        OrderStatus::AwaitingPayment,
        OrderStatus::Confirmed,
        OrderStatus::Refunding,
        OrderStatus::Refunded,
    ];
    assert_eq!(statuses(&order).await, expected);

    let late = shop.awaiting(&[line("mug", 1)]).await;
    shop.expire(&late).await;
    assert_eq!(shop.paid(&late, eur(1000)).await.0, Paid::Refund);
    shop.refunded(&late).await;
    let expected = [
        OrderStatus::Placed,
        OrderStatus::AwaitingPayment,
        OrderStatus::Cancelled,
    ];
    assert_eq!(statuses(&late).await, expected);
}

#[tokio::test]
async fn an_order_that_is_not_confirmed_is_not_refunded() {
    let shop = Shop::open().await;
    let placed = shop.place(&doc(&[line("mug", 1)])).await;
    is_refused(&shop, &placed, "placed").await;
    shop.hold(&placed, Some(&[])).await;
    is_refused(&shop, &placed, "rejected").await;
    let open = shop.awaiting(&[line("mug", 1)]).await;
    is_refused(&shop, &open, "awaitingPayment").await;
    shop.expire(&open).await;
    is_refused(&shop, &open, "cancelled").await;
    let unknown = observe_refund(&shop, &unknown_order()).await;
    assert_eq!(unknown, (RefundRequest::Unknown, Effect::NOTHING));
}

#[tokio::test]
async fn a_repeated_payment_does_not_refund_a_refunded_order_again() {
    let shop = Shop::open().await;
    let order = shop.confirmed(&[line("mug", 1)]).await;
    observe_refund(&shop, &order).await;
    let duplicate = (Paid::Duplicate, Effect::SETTLED);
    assert_eq!(shop.paid(&order, eur(1000)).await, duplicate, "refunding");
    shop.refunded(&order).await;
    assert_eq!(shop.paid(&order, eur(1000)).await, duplicate, "refunded");
}

#[tokio::test]
async fn stock_coupon_and_money_are_returned_and_the_ledgers_balance() {
    let shop = Shop::open().await;
    shop.offer(&coupon("TEN", Discount::Percent(10))).await;
    shop.receive("mug", 2).await;
    let doc = doc_with("TEN", &[line("mug", 2)]);
    let order = shop.place(&doc).await;
    shop.reserve(&order, &doc.items).await;
    shop.hold_coupon(&order, &doc).await;
    shop.hold(&order, None).await;
    shop.coupon(&order, HoldAnswer::Coupon(eur(200))).await;
    shop.open_payment(&order, eur(1800), false).await;
    shop.record(&callback(&order, "evt_1", Some(1800))).await;
    shop.paid(&order, eur(1800)).await;
    shop.settle(&order, &doc.items, StockCause::Sold).await;
    shop.settle_coupon(&order, &doc, Ending::Redeemed).await;
    assert_eq!(shop.stock("mug").await, (0, 0, 2));

    observe_refund(&shop, &order).await;
    let paid_back = shop.refund(&order, eur(1800)).await;
    assert_eq!(paid_back.0, Recorded::Recorded);
    shop.refunded(&order).await;
    shop.take_back(&order, &doc.items).await;
    shop.settle_coupon(&order, &doc, Ending::Refunded).await;
    assert_eq!(shop.stock("mug").await, (2, 0, 0));
    assert_eq!(shop.counts("TEN").await, (0, 0));
    let report = audit::run(&shop.runtime).await.unwrap();
    assert_eq!(report.drifts, []);
    assert!(report.captured.is_empty());
}
