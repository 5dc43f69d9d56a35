//! Captured money confirms an order, in time and in full; any other goes back.

use contracts::{
    Currency, Money, OrderId, OrderStatus, PaymentId,
    event::{CancelReason, OrderCancelled, OrderConfirmed, OrderRefundRequested, RefundReason},
};
use store::order::{Expired, Noted, Paid, PayRequest, request_payment};
use streamward::TraceParent;

use crate::support::{Effect, Shop, doc, eur, line, read, unknown_order};

const REFUND: [&str; 2] = ["order:*", "orders:refund-requested"];

async fn refund_of(shop: &Shop, order: &OrderId, reason: RefundReason) {
    let event: OrderRefundRequested = shop.event("orders").await;
    let expected = OrderRefundRequested {
        order_id: order.clone(),
        payment_id: PaymentId::of(order),
        reason,
    };
    assert_eq!(event, expected);
    let found = shop.find(order).await;
    assert_eq!(found.payment_status.as_deref(), Some("refunding"));
}

#[tokio::test]
async fn a_payment_in_time_and_in_full_confirms_the_order() {
    let shop = Shop::open().await;
    let order = shop.awaiting(&[line("mug", 3)]).await;
    let (paid, effect) = shop.paid(&order, eur(3000)).await;
    assert_eq!(paid, Paid::Confirmed);
    effect.settled_and_wrote(&["order:*", "order:*", "orders:confirmed"]);

    let event: OrderConfirmed = shop.event("orders").await;
    let found = shop.find(&order).await;
    assert_eq!(
        (&event.order_id, event.payment_id),
        (&order, PaymentId::of(&order))
    );
    assert_eq!(event.order, found.doc);
    assert_eq!(found.status, OrderStatus::Confirmed);
    assert_eq!(found.payment_status.as_deref(), Some("succeeded"));
    assert_eq!(
        shop.redis::<u64>(&["ZCARD", "sw:{0}:order:delayed"]).await,
        0
    );
}

#[tokio::test]
async fn a_repeated_payment_confirms_once() {
    let shop = Shop::open().await;
    let order = shop.awaiting(&[line("mug", 3)]).await;
    shop.paid(&order, eur(3000)).await;
    for amount in [3000, 2999] {
        let again = shop.paid(&order, eur(amount)).await;
        assert_eq!(again, (Paid::Duplicate, Effect::SETTLED));
    }
}

#[tokio::test]
async fn a_page_recorded_late_does_not_overwrite_the_payment() {
    let shop = Shop::open().await;
    let order = shop.awaiting(&[line("mug", 3)]).await;
    shop.paid(&order, eur(3000)).await;
    assert_eq!(shop.opened(&order).await.0, Noted::Noted);
    let found = shop.find(&order).await;
    assert_eq!(found.payment_status.as_deref(), Some("succeeded"));
    let again = shop.paid(&order, eur(3000)).await;
    assert_eq!(again, (Paid::Duplicate, Effect::SETTLED));
}

#[tokio::test]
async fn a_payment_of_a_cancelled_order_is_refunded() {
    let shop = Shop::open().await;
    let order = shop.awaiting(&[line("mug", 3)]).await;
    assert_eq!(shop.expire(&order).await.0, Expired::Cancelled);
    let (paid, effect) = shop.paid(&order, eur(3000)).await;
    assert_eq!(paid, Paid::Refund);
    effect.settled_and_wrote(&REFUND);
    refund_of(&shop, &order, RefundReason::LatePayment).await;
    assert_eq!(shop.find(&order).await.status, OrderStatus::Cancelled);
    let duplicate = (Paid::Duplicate, Effect::SETTLED);
    assert_eq!(shop.paid(&order, eur(3000)).await, duplicate);
    shop.refunded(&order).await;
    assert_eq!(shop.paid(&order, eur(3000)).await, duplicate, "refunded");
}

#[tokio::test]
async fn a_payment_of_a_rejected_order_is_refunded() {
    let shop = Shop::open().await;
    let order = shop.place(&doc(&[line("mug", 3)])).await;
    shop.hold(&order, Some(&[])).await;
    assert_eq!(shop.paid(&order, eur(3000)).await.0, Paid::Refund);
    refund_of(&shop, &order, RefundReason::LatePayment).await;
    assert_eq!(shop.find(&order).await.status, OrderStatus::Rejected);
}

#[tokio::test]
async fn another_amount_or_currency_is_refunded_and_cancels_the_order() {
    let shop = Shop::open().await;
    let dollars = Money::new(3000, "USD".parse::<Currency>().unwrap());
    for wrong in [eur(2999), eur(3001), dollars] {
        let order = shop.awaiting(&[line("mug", 3)]).await;
        let (paid, effect) = shop.paid(&order, wrong).await;
        assert_eq!(paid, Paid::Mismatch, "{wrong}");
        effect.settled_and_wrote(&[
            "order:*",
            "order:delayed",
            "orders:cancelled",
            "orders:refund-requested",
        ]);
        let asked = shop.newest("orders:refund-requested", 1).await.remove(0);
        let refund: OrderRefundRequested = read(&asked);
        assert_eq!(refund.reason, RefundReason::AmountMismatch);
        let ended = shop.newest("orders:cancelled", 1).await.remove(0);
        let cancelled: OrderCancelled = read(&ended);
        let found = shop.find(&order).await;
        assert_eq!(cancelled.reason, CancelReason::AmountMismatch);
        assert_eq!(cancelled.order, found.doc);
        assert_ne!(asked.text("id"), ended.text("id"));
        assert_eq!(found.status, OrderStatus::Cancelled);
        assert_eq!(found.reason.as_deref(), Some("amountMismatch"));
        assert_eq!(found.payment_status.as_deref(), Some("refunding"));
        let again = shop.paid(&order, wrong).await;
        assert_eq!(again, (Paid::Duplicate, Effect::SETTLED));
    }
}

#[tokio::test]
async fn a_refunded_or_refunding_order_cannot_be_paid_again() {
    let shop = Shop::open().await;
    let order = shop.awaiting(&[line("mug", 3)]).await;
    shop.paid(&order, eur(2999)).await;
    let refused = PayRequest::NotPayable("cancelled".to_owned());
    for status in ["refunding", "refunded"] {
        let found = shop.find(&order).await;
        assert_eq!(found.payment_status.as_deref(), Some(status));
        let trace = TraceParent::start();
        let pay = request_payment(&shop.runtime, &order, "pm_card_visa", trace);
        let (request, effect) = shop.observe(pay).await;
        assert_eq!(
            (request, effect),
            (refused.clone(), Effect::NOTHING),
            "{status}"
        );
        shop.refunded(&order).await;
    }
}

#[tokio::test]
async fn a_payment_of_no_order_is_left_to_the_runtime() {
    let shop = Shop::open().await;
    let unknown = shop.paid(&unknown_order(), eur(3000)).await;
    assert_eq!(unknown, (Paid::Unknown, Effect::NOTHING));
}
