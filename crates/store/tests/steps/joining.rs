//! An order with a coupon needs two holds: both granted, in either order, make it payable less the
//! discount, and one refused ends it.

use contracts::{
    OrderDocument, OrderId, OrderStatus,
    event::{
        CouponRefusal, OrderAwaitingPayment, OrderConfirmed, OrderPaymentRequested, OrderRejected,
        RejectReason, Shortage,
    },
};
use store::order::{self, Held, HoldAnswer, Paid, PayRequest};
use streamward::TraceParent;

use crate::support::{Effect, Shop, doc_with, eur, line, product};

const WAITS: [&str; 1] = ["order:*"];

/// An order of 3000 with a coupon.
async fn placed(shop: &Shop) -> (OrderId, OrderDocument) {
    let doc = doc_with("FIVE", &[line("mug", 3)]);
    (shop.place(&doc).await, doc)
}

fn granted() -> HoldAnswer<'static> {
    HoldAnswer::Coupon(eur(500))
}

async fn is_payable(shop: &Shop, order: &OrderId, total: i64) {
    let event: OrderAwaitingPayment = shop.event("orders").await;
    assert_eq!((&event.order_id, event.amount), (order, eur(total)));
    let found = shop.find(order).await;
    assert_eq!(found.status, OrderStatus::AwaitingPayment);
    assert_eq!(
        (found.total(), found.doc.discount),
        (eur(total), 3000 - total)
    );
}

#[tokio::test]
async fn the_goods_first_then_the_coupon() {
    let shop = Shop::open().await;
    let (order, doc) = placed(&shop).await;
    let (held, effect) = shop.hold(&order, None).await;
    assert_eq!(held, Held::Waiting);
    effect.settled_and_wrote(&WAITS);
    assert_eq!(shop.find(&order).await.doc, doc);
    let (held, effect) = shop.coupon(&order, granted()).await;
    assert_eq!(held, Held::AwaitingPayment);
    effect.settled_and_wrote(&["order:*", "order:*", "orders:awaiting-payment"]);
    is_payable(&shop, &order, 2500).await;
}

#[tokio::test]
async fn the_coupon_first_then_the_goods() {
    let shop = Shop::open().await;
    let (order, _) = placed(&shop).await;
    let (held, effect) = shop.coupon(&order, granted()).await;
    assert_eq!(held, Held::Waiting);
    effect.settled_and_wrote(&WAITS);
    assert_eq!(shop.find(&order).await.status, OrderStatus::Placed);
    let (held, effect) = shop.hold(&order, None).await;
    assert_eq!(held, Held::AwaitingPayment);
    effect.settled_and_wrote(&["order:*", "order:*", "orders:awaiting-payment"]);
    is_payable(&shop, &order, 2500).await;
}

#[tokio::test]
async fn an_answer_that_comes_twice_counts_once() {
    let shop = Shop::open().await;
    let duplicate = (Held::Duplicate, Effect::SETTLED);
    let (first, _) = placed(&shop).await;
    shop.hold(&first, None).await;
    assert_eq!(shop.hold(&first, None).await, duplicate);
    assert_eq!(shop.find(&first).await.history.len(), 2);
    let (second, _) = placed(&shop).await;
    shop.coupon(&second, granted()).await;
    assert_eq!(shop.coupon(&second, granted()).await, duplicate);
    shop.hold(&second, None).await;
    is_payable(&shop, &second, 2500).await;
    let late = (Held::Late, Effect::SETTLED);
    assert_eq!(shop.coupon(&second, granted()).await, late);
    assert_eq!(shop.hold(&second, None).await, late);
}

#[tokio::test]
async fn a_refused_coupon_rejects_the_order_before_or_after_the_goods() {
    let shop = Shop::open().await;
    let refusal = CouponRefusal::UsedUp;
    for goods_first in [true, false] {
        let (order, doc) = placed(&shop).await;
        if goods_first {
            shop.hold(&order, None).await;
        }
        let (held, effect) = shop.coupon(&order, HoldAnswer::NoCoupon(refusal)).await;
        assert_eq!(held, Held::Rejected);
        effect.settled_and_wrote(&["order:*", "orders:rejected", "orders:rejected-with-coupon"]);
        let event: OrderRejected = shop.event("orders").await;
        let expected = OrderRejected {
            order_id: order.clone(),
            reason: RejectReason::CouponRefused,
            shortages: Vec::new(),
            coupon_refusal: Some(refusal),
            order: doc,
        };
        assert_eq!(event, expected);
        let found = shop.find(&order).await;
        assert_eq!(found.status, OrderStatus::Rejected);
        assert_eq!(found.reason.as_deref(), Some("couponRefused"));
        assert_eq!(found.coupon_refusal, Some(refusal));
        assert_eq!(found.shortages, []);
        let late = (Held::Late, Effect::SETTLED);
        assert_eq!(shop.hold(&order, None).await, late);
        assert_eq!(shop.coupon(&order, granted()).await, late);
    }
}

#[tokio::test]
async fn missing_stock_rejects_an_order_whose_coupon_is_held() {
    let shop = Shop::open().await;
    let (order, _) = placed(&shop).await;
    shop.coupon(&order, granted()).await;
    let shortages = [Shortage {
        product_id: product("mug"),
        requested: 3,
        available: 2,
    }];
    assert_eq!(shop.hold(&order, Some(&shortages)).await.0, Held::Rejected);
    let event: OrderRejected = shop.event("orders").await;
    assert_eq!(
        (event.reason, event.coupon_refusal),
        (RejectReason::OutOfStock, None)
    );
    // The event names the coupon, so that the promotion service returns it.
    assert_eq!(event.order.coupon.unwrap().as_str(), "FIVE");
    let late = (Held::Late, Effect::SETTLED);
    assert_eq!(shop.coupon(&order, granted()).await, late);
}

#[tokio::test]
async fn the_discount_is_kept_to_the_orders_end() {
    let shop = Shop::open().await;
    let (order, placed) = placed(&shop).await;
    shop.coupon(&order, granted()).await;
    shop.hold(&order, None).await;
    let trace = TraceParent::start();
    let request = order::request_payment(&shop.runtime, &order, "pm_card_visa", trace).await;
    assert_eq!(request.unwrap(), PayRequest::Requested);
    let event: OrderPaymentRequested = shop.event("orders").await;
    assert_eq!(event.amount, eur(2500));
    assert_eq!(shop.paid(&order, eur(2500)).await.0, Paid::Confirmed);
    let event: OrderConfirmed = shop.event("orders").await;
    let expected = OrderDocument {
        discount: 500,
        ..placed
    };
    assert_eq!(event.order, expected);
    assert_eq!(event.order.total(), eur(2500));
}

#[tokio::test]
async fn discounts_of_every_size_fit_into_the_document() {
    let shop = Shop::open().await;
    for discount in [0, 1, 127, 128, 255, 256, 65_536, 1 << 32, (1 << 53) - 1] {
        let doc = OrderDocument {
            subtotal: (1 << 53) - 1,
            ..doc_with("FIVE", &[line("mug", 3)])
        };
        let order = shop.place(&doc).await;
        shop.coupon(&order, HoldAnswer::Coupon(eur(discount))).await;
        shop.hold(&order, None).await;
        let event: OrderAwaitingPayment = shop.event("orders").await;
        assert_eq!(event.amount, eur(doc.subtotal - discount));
        let expected = OrderDocument { discount, ..doc };
        assert_eq!(shop.find(&order).await.doc, expected);
    }
}
