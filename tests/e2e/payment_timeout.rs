use std::time::Duration;

use serde_json::json;
use testkit::eventually;

use crate::shop::Shop;

#[tokio::test(flavor = "multi_thread")]
async fn an_unpaid_order_is_cancelled_and_its_stock_returned() {
    let shop = Shop::open_with(&["--payment-timeout", "1s"]).await;
    let ada = shop.customer().await;
    let before = shop.stock("bag-01").await;

    let order = ada.order("bag-01", 2, None).await;
    let cancelled = ada
        .sees_within(Duration::from_secs(6), &order, "cancelled")
        .await;
    assert_eq!(cancelled["reason"], "paymentTimeout");
    eventually("the bags are back", || async {
        (shop.stock("bag-01").await == before).then_some(())
    })
    .await;
    shop.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_arrives_later_is_refunded() {
    let shop = Shop::open_with(&["--payment-timeout", "1s"]).await;
    shop.provider_faults(&json!({ "delayMs": 2500 })).await;
    let ada = shop.customer().await;
    let before = shop.stock("rug-01").await;

    let order = ada.order("rug-01", 1, Some("pm_card_visa")).await;
    ada.sees_within(Duration::from_secs(6), &order, "cancelled")
        .await;
    let refunded = ada.sees_payment(&order, "refunded").await;
    assert_eq!(refunded["status"], "cancelled");
    let mail = format!("{}-refunded.eml", order["id"].as_str().unwrap());
    eventually("the customer is notified", || async {
        (shop.outbox(&mail).len() == 1).then_some(())
    })
    .await;
    eventually("the rug is back", || async {
        (shop.stock("rug-01").await == before).then_some(())
    })
    .await;
    shop.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_without_callback_is_refunded() {
    let shop = Shop::open_with(&["--payment-timeout", "1s"]).await;
    shop.provider_faults(&json!({ "drop": 1 })).await;
    let ada = shop.customer().await;
    let order = ada.order("vase-01", 1, Some("pm_card_visa")).await;
    ada.sees(&order, "cancelled").await;
    ada.sees_payment(&order, "refunded").await;
    shop.audit().await;
}
