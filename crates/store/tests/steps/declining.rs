//! A failed charge leaves the order payable: the customer may try another method.

use contracts::event::{OrderPaymentFailed, OrderPaymentRequested};
use store::order::{Declined, Paid, PayRequest, Refunded, request_payment};
use streamward::TraceParent;

use crate::support::{Effect, Shop, URL, doc, eur, failure, line, unknown_order};

async fn pay_with(shop: &Shop, order: &contracts::OrderId, method: &str) -> (PayRequest, Effect) {
    let trace = TraceParent::start();
    shop.observe(request_payment(&shop.runtime, order, method, trace))
        .await
}

#[tokio::test]
async fn declined_then_another_method_then_paid() {
    let shop = Shop::open().await;
    let order = shop.awaiting(&[line("mug", 3)]).await;
    for attempt in 2..5 {
        let (told, effect) = shop.declined(&order).await;
        assert_eq!(told, Declined::Recorded);
        effect.settled_and_wrote(&["order:*", "orders:payment-failed"]);
        let event: OrderPaymentFailed = shop.event("orders").await;
        let found = shop.find(&order).await;
        let expected = OrderPaymentFailed {
            order_id: order.clone(),
            failure: failure(),
            pay_url: Some(URL.to_owned()),
            order: found.doc.clone(),
        };
        assert_eq!(event, expected);
        assert_eq!(found.payment_status.as_deref(), Some("failed"));
        assert_eq!(found.pay_url.as_deref(), Some(URL));

        let (asked, effect) = pay_with(&shop, &order, "pm_other").await;
        assert_eq!(asked, PayRequest::Requested);
        effect.wrote(&["order:*", "orders:payment-requested"]);
        let event: OrderPaymentRequested = shop.event("orders").await;
        let expected = OrderPaymentRequested {
            order_id: order.clone(),
            amount: eur(3000),
            payment_method: "pm_other".to_owned(),
            attempt,
        };
        assert_eq!(event, expected);
    }
    assert_eq!(shop.paid(&order, eur(3000)).await.0, Paid::Confirmed);
}

#[tokio::test]
async fn an_order_can_be_paid_only_while_it_awaits_payment() {
    let shop = Shop::open().await;
    let not = |status: &str| (PayRequest::NotPayable(status.to_owned()), Effect::NOTHING);
    let order = shop.place(&doc(&[line("mug", 1)])).await;
    assert_eq!(pay_with(&shop, &order, "pm").await, not("placed"));
    shop.hold(&order, None).await;
    shop.expire(&order).await;
    assert_eq!(pay_with(&shop, &order, "pm").await, not("cancelled"));
    let order = shop.awaiting(&[line("mug", 1)]).await;
    shop.paid(&order, eur(1000)).await;
    assert_eq!(pay_with(&shop, &order, "pm").await, not("confirmed"));
    let unknown = pay_with(&shop, &unknown_order(), "pm").await;
    assert_eq!(unknown, (PayRequest::Unknown, Effect::NOTHING));
}

#[tokio::test]
async fn a_decline_of_an_order_that_moved_on_is_late() {
    let shop = Shop::open().await;
    let late = (Declined::Late, Effect::SETTLED);
    let paid = shop.awaiting(&[line("mug", 1)]).await;
    shop.paid(&paid, eur(1000)).await;
    assert_eq!(shop.declined(&paid).await, late);
    let expired = shop.awaiting(&[line("mug", 1)]).await;
    shop.expire(&expired).await;
    assert_eq!(shop.declined(&expired).await, late);
}

#[tokio::test]
async fn a_decline_does_not_overwrite_a_refund() {
    let shop = Shop::open().await;
    let order = shop.awaiting(&[line("mug", 1)]).await;
    shop.paid(&order, eur(999)).await;
    for status in ["refunding", "refunded"] {
        let late = shop.declined(&order).await;
        assert_eq!(late, (Declined::Late, Effect::SETTLED), "{status}");
        let found = shop.find(&order).await;
        assert_eq!(found.payment_status.as_deref(), Some(status));
        assert_eq!(shop.refunded(&order).await.0, Refunded::Noted);
    }
}

#[tokio::test]
async fn a_decline_of_no_order_is_left_to_the_runtime() {
    let shop = Shop::open().await;
    let unknown = shop.declined(&unknown_order()).await;
    assert_eq!(unknown, (Declined::Unknown, Effect::NOTHING));
}
