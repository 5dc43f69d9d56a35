//! Coupon counters that differ from their holds are reported.

use contracts::{Coupon, Discount, OrderDocument, OrderId};
use store::{
    order::{Held, HoldAnswer},
    promotion::Ending,
};

use super::{drifts, forget, order_key, set, start_services};
use crate::support::{Shop, coupon, doc_with, eur, line};

const KEY: &str = "sw:{0}:promotion:coupon:TEN";

fn hold_key(order: &OrderId) -> String {
    format!("sw:{{0}}:promotion:hold:{order}")
}

/// An order of 1000 that holds a coupon of ten percent and awaits its payment.
async fn awaiting(shop: &Shop) -> (OrderId, OrderDocument) {
    let lines = [line("mug", 1)];
    shop.receive("mug", 1).await;
    let doc = doc_with("TEN", &lines);
    let order = shop.place(&doc).await;
    shop.reserve(&order, &lines).await;
    shop.hold_coupon(&order, &doc).await;
    shop.hold(&order, None).await;
    let (held, _) = shop.coupon(&order, HoldAnswer::Coupon(eur(100))).await;
    assert_eq!(held, Held::AwaitingPayment);
    (order, doc)
}

async fn opened() -> Shop {
    let shop = Shop::open().await;
    let terms = Coupon {
        max_uses: Some(2),
        ..coupon("TEN", Discount::Percent(10))
    };
    shop.offer(&terms).await;
    shop
}

#[tokio::test]
async fn work_under_way_is_no_drift() {
    let shop = opened().await;
    start_services(&shop).await;
    let (order, doc) = awaiting(&shop).await;
    assert_eq!(drifts(&shop).await, [], "held");
    shop.expire(&order).await;
    assert_eq!(drifts(&shop).await, [], "cancelled, not returned");
    shop.settle_coupon(&order, &doc, Ending::Returned).await;
    assert_eq!(drifts(&shop).await, [], "returned");
}

#[tokio::test]
async fn rule_3_a_hold_ends_with_its_order() {
    let shop = opened().await;
    let (order, doc) = awaiting(&shop).await;
    shop.expire(&order).await;
    shop.settle(&order, &doc.items, contracts::event::StockCause::Returned)
        .await;
    forget(&shop, &order).await;
    assert_eq!(
        drifts(&shop).await,
        [],
        "no service runs that could return it"
    );
    start_services(&shop).await;
    assert_eq!(drifts(&shop).await, [(3, hold_key(&order))]);
    shop.settle_coupon(&order, &doc, Ending::Redeemed).await;
    let used = [(3, hold_key(&order))];
    assert_eq!(drifts(&shop).await, used, "used though cancelled");
    shop.redis::<u64>(&["DEL", &order_key(&order)]).await;
    let named = drifts(&shop).await;
    assert!(named.contains(&used[0]), "without an order: {named:?}");
}

#[tokio::test]
async fn rule_3_the_counters_equal_the_holds() {
    let shop = opened().await;
    awaiting(&shop).await;
    let (order, doc) = awaiting(&shop).await;
    shop.settle_coupon(&order, &doc, Ending::Redeemed).await;
    assert_eq!(drifts(&shop).await, []);
    let drift = (3, KEY.to_owned());
    for (field, good) in [("held", "1"), ("uses", "1"), ("limit", "2")] {
        let bad = if field == "limit" { "1" } else { "0" };
        set(&shop, KEY, field, bad).await;
        assert_eq!(drifts(&shop).await, std::slice::from_ref(&drift), "{field}");
        set(&shop, KEY, field, good).await;
    }
    shop.redis::<u64>(&["DEL", KEY]).await;
    assert_eq!(drifts(&shop).await, [drift], "the counters are gone");
}

#[tokio::test]
async fn rule_4_an_order_may_wait_for_a_promotion_service_that_does_not_run() {
    let shop = opened().await;
    let order = shop.place(&doc_with("TEN", &[line("mug", 1)])).await;
    forget(&shop, &order).await;
    start_services(&shop).await;
    assert_eq!(drifts(&shop).await, [(4, order_key(&order))]);
    let alive = shop.partition().alive("promotion", "host#1-0");
    shop.redis::<u64>(&["DEL", &alive]).await;
    assert_eq!(drifts(&shop).await, []);
}
