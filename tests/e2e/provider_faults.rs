//! Every order ends, paid once, under any fault of the provider.

use std::time::Duration;

use serde_json::{Value, json};
use testkit::eventually_within;

use crate::shop::{Customer, Shop};

const ORDERS: u64 = 6;
/// Lost callbacks are found by look-ups, after pauses that double to twenty seconds; half of the look-ups
/// may fail.
const PATIENCE: Duration = Duration::from_secs(120);

async fn order_all(ada: &Customer<'_>) -> Vec<Value> {
    let mut orders = Vec::new();
    for _ in 0..ORDERS {
        orders.push(ada.order("mug-01", 1, Some("pm_card_visa")).await);
    }
    orders
}

/// Orders are placed while the provider has this fault; each is confirmed, and charged once.
async fn every_order_is_paid_once(faults: Value) {
    let shop = Shop::open().await;
    shop.provider_faults(&faults).await;
    let ada = shop.customer().await;
    let orders = order_all(&ada).await;
    let mut due = 0;
    for order in &orders {
        let confirmed = ada.sees_within(PATIENCE, order, "confirmed").await;
        due += confirmed["total"]["amount"].as_u64().unwrap();
    }
    let ledger = shop.provider_ledger().await;
    assert_eq!(ledger["charges"], ORDERS);
    assert_eq!(ledger["captured"]["EUR"], due);
    assert_eq!(ledger["refunds"], 0);
    assert_eq!(shop.stock("mug-01").await["reserved"], 0);
    shop.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn callbacks_that_come_late() {
    every_order_is_paid_once(json!({ "delayMs": [200, 1500] })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn callbacks_that_come_twice() {
    every_order_is_paid_once(json!({ "duplicate": 1 })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn callbacks_out_of_order() {
    every_order_is_paid_once(json!({ "reorder": 1 })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn callbacks_that_never_come() {
    every_order_is_paid_once(json!({ "drop": 1 })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn callbacks_with_a_wrong_signature_before_the_right_one() {
    every_order_is_paid_once(json!({ "badSignature": 1 })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn callbacks_signed_long_ago_before_the_right_one() {
    every_order_is_paid_once(json!({ "staleTimestamp": 1 })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_fails_half_of_the_time() {
    every_order_is_paid_once(json!({ "error500": 0.5 })).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_at_once() {
    let faults = json!({
        "delayMs": [0, 500], "duplicate": 0.5, "reorder": 0.5, "drop": 0.5, "badSignature": 0.5,
        "staleTimestamp": 0.5, "error500": 0.2,
    });
    every_order_is_paid_once(faults).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreported_decline_is_polled_and_another_card_pays() {
    let shop = Shop::open().await;
    shop.provider_faults(&json!({ "drop": 1 })).await;
    let ada = shop.customer().await;
    let order = ada.order("mug-01", 1, Some("pm_card_declined")).await;
    let failed = eventually_within(PATIENCE, "the decline is recorded", || async {
        Some(ada.look(&order).await).filter(|order| order["payment"]["status"] == "failed")
    })
    .await;
    assert!(failed["payment"]["payUrl"].is_string());
    let pay = format!("/v1/orders/{}/pay", order["id"].as_str().unwrap());
    ada.post(&pay, &json!({ "paymentMethod": "pm_card_visa" }))
        .await;
    ada.sees_within(PATIENCE, &order, "confirmed").await;
    assert_eq!(shop.provider_ledger().await["charges"], 1);
    shop.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_card_is_waited_for() {
    let shop = Shop::open().await;
    let ada = shop.customer().await;
    let order = ada.order("mug-01", 1, Some("pm_card_slow")).await;
    ada.sees_within(PATIENCE, &order, "confirmed").await;
    assert_eq!(shop.provider_ledger().await["charges"], 1);
    shop.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_that_never_answers_costs_the_order_and_no_money() {
    let shop = Shop::open_with(&["--payment-timeout", "2s"]).await;
    let ada = shop.customer().await;
    let before = shop.stock("mug-01").await;
    let order = ada.order("mug-01", 1, Some("pm_card_timeout")).await;
    let cancelled = ada.sees_within(PATIENCE, &order, "cancelled").await;
    assert_eq!(cancelled["reason"], "paymentTimeout");
    eventually_within(PATIENCE, "the mug is back", || async {
        (shop.stock("mug-01").await == before).then_some(())
    })
    .await;
    assert_eq!(shop.provider_ledger().await["charges"], 0);
    shop.audit().await;
}
