//! The inventory's answer makes an order payable or ends it.

use contracts::{
    OrderStatus,
    event::{OrderAwaitingPayment, OrderRejected, RejectReason, Shortage},
};
use store::order::Held;

use crate::support::{Effect, Shop, doc, eur, line, product, unknown_order};

fn shortages() -> Vec<Shortage> {
    vec![Shortage {
        product_id: product("mug"),
        requested: 3,
        available: 2,
    }]
}

#[tokio::test]
async fn a_granted_hold_requests_the_payment_and_starts_its_timer() {
    let shop = Shop::open().await;
    let order = shop.place(&doc(&[line("mug", 3)])).await;
    let (held, effect) = shop.hold(&order, None).await;
    assert_eq!(held, Held::AwaitingPayment);
    effect.settled_and_wrote(&["order:*", "order:*", "orders:awaiting-payment"]);

    let event: OrderAwaitingPayment = shop.event("orders").await;
    assert_eq!((&event.order_id, event.amount), (&order, eur(3000)));
    assert_eq!(event.payment_method, None);
    let found = shop.find(&order).await;
    assert_eq!(found.status, OrderStatus::AwaitingPayment);
    assert_eq!(found.pay_before, Some(event.pay_before));
    let granted = found.history.last().unwrap().at_ms();
    let drift = event.pay_before.abs_diff(granted + 900_000);
    assert!(drift < 50, "{drift} ms from a quarter of an hour");

    let timers: Vec<(String, u64)> = shop
        .redis(&["ZRANGE", "sw:{0}:order:delayed", "0", "-1", "WITHSCORES"])
        .await;
    assert_eq!(
        timers,
        [
            (
                format!("PaymentReminder:{order}"),
                event.pay_before - 300_000
            ),
            (format!("PaymentTimeout:{order}"), event.pay_before),
        ]
    );
}

#[tokio::test]
async fn a_payment_method_of_the_order_is_in_the_payment_request() {
    let shop = Shop::open().await;
    let order = shop.place(&doc(&[line("mug", 1)])).await;
    let key = format!("sw:{{0}}:order:{order}");
    shop.redis::<u64>(&["HSET", &key, "method", "pm_card_visa"])
        .await;
    shop.hold(&order, None).await;
    let event: OrderAwaitingPayment = shop.event("orders").await;
    assert_eq!(event.payment_method.as_deref(), Some("pm_card_visa"));
}

#[tokio::test]
async fn a_refused_hold_rejects_the_order_with_its_reason() {
    let shop = Shop::open().await;
    let doc = doc(&[line("mug", 3)]);
    let order = shop.place(&doc).await;
    let (held, effect) = shop.hold(&order, Some(&shortages())).await;
    assert_eq!(held, Held::Rejected);
    effect.settled_and_wrote(&["order:*", "orders:rejected"]);

    let event: OrderRejected = shop.event("orders").await;
    let expected = OrderRejected {
        order_id: order.clone(),
        reason: RejectReason::OutOfStock,
        shortages: shortages(),
        coupon_refusal: None,
        order: doc,
    };
    assert_eq!(event, expected);
    let found = shop.find(&order).await;
    assert_eq!(found.status, OrderStatus::Rejected);
    assert_eq!(found.reason.as_deref(), Some("outOfStock"));
    assert_eq!(found.shortages, shortages());
}

#[tokio::test]
async fn an_answer_to_an_order_that_moved_on_is_late() {
    let shop = Shop::open().await;
    let order = shop.place(&doc(&[line("mug", 3)])).await;
    shop.hold(&order, None).await;
    for answer in [None, Some(&shortages()[..])] {
        let late = shop.hold(&order, answer).await;
        assert_eq!(late, (Held::Late, Effect::SETTLED));
    }
    let refused = shop.place(&doc(&[line("mug", 3)])).await;
    shop.hold(&refused, Some(&shortages())).await;
    let late = shop.hold(&refused, None).await;
    assert_eq!(late, (Held::Late, Effect::SETTLED));
}

#[tokio::test]
async fn an_answer_about_no_order_is_left_to_the_runtime() {
    let shop = Shop::open().await;
    let unknown = shop.hold(&unknown_order(), None).await;
    assert_eq!(unknown, (Held::Unknown, Effect::NOTHING));
}
