use reqwest::Method;
use serde_json::{Value, json};
use testkit::eventually;

use crate::shop::{Customer, Shop};

async fn refund(shop: &Shop, order: &Value) -> Value {
    let path = format!("/v1/orders/{}/refund", order["id"].as_str().unwrap());
    shop.admin(Method::POST, &path, None).await
}

async fn is_refunded(shop: &Shop, ada: &Customer<'_>, order: &Value) -> Value {
    let refunded = ada.sees(order, "refunded").await;
    assert_eq!(refunded["payment"]["status"], "refunded");
    let again = refund(shop, order).await;
    assert_eq!(
        again["status"], "refunded",
        "a repeated request changes nothing"
    );
    refunded
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confirmed_order_is_paid_back_and_its_stock_and_coupon_return() {
    let shop = Shop::open().await;
    let ada = shop.customer().await;
    let before = shop.stock("lamp-01").await;
    let order = ada.order_with("lamp-01", 2, "WELCOME10").await;
    let confirmed = ada.sees(&order, "confirmed").await;
    eventually("two lamps are sold", || async {
        (shop.stock("lamp-01").await["sold"] == 2).then_some(())
    })
    .await;

    let reply = refund(&shop, &order).await;
    assert!(["refunding", "refunded"].contains(&reply["status"].as_str().unwrap()));
    let refunded = is_refunded(&shop, &ada, &order).await;
    let steps: Vec<&str> = refunded["timeline"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|step| step["status"].as_str())
        .collect();
    let expected = [
        "placed",
        "awaitingPayment",
        "confirmed",
        "refunding",
        "refunded",
    ];
    assert_eq!(steps, expected);

    let ledger = shop.provider_ledger().await;
    assert_eq!(ledger["refunded"]["EUR"], confirmed["total"]["amount"]);
    assert_eq!(ledger["captured"], ledger["refunded"]);
    assert_eq!(ledger["refunds"], 1);
    eventually("the lamps are back", || async {
        (shop.stock("lamp-01").await == before).then_some(())
    })
    .await;
    eventually("the coupon is back", || async {
        let coupon = shop.admin(Method::GET, "/v1/coupons/WELCOME10", None).await;
        (coupon["holds"] == 0 && coupon["uses"] == 0).then_some(())
    })
    .await;
    shop.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_survives_the_death_of_the_whole_shop() {
    let mut shop = Shop::open().await;
    let order = {
        let ada = shop.customer().await;
        let order = ada.order("vase-01", 1, Some("pm_card_visa")).await;
        ada.sees(&order, "confirmed").await;
        order
    };
    // The provider is too busy to pay back until the shop is there again.
    shop.provider_faults(&json!({ "error500": 1 })).await;
    refund(&shop, &order).await;
    shop.kill().await;
    shop.restart().await;
    let path = format!("/v1/orders/{}", order["id"].as_str().unwrap());
    eventually("the order is refunded", || async {
        let order = shop.admin(Method::GET, &path, None).await;
        (order["status"] == "refunded").then_some(())
    })
    .await;
    assert_eq!(shop.provider_ledger().await["refunds"], 1);
    eventually("the vase is back", || async {
        (shop.stock("vase-01").await["sold"] == 0).then_some(())
    })
    .await;
    shop.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_cost_nothing_is_refunded_without_the_provider() {
    let shop = Shop::open().await;
    let gift = json!({ "code": "GIFT", "percent": 100 });
    shop.admin(Method::POST, "/v1/coupons", Some(&gift)).await;
    let ada = shop.customer().await;
    let order = ada.order_with("mug-01", 1, "GIFT").await;
    ada.sees(&order, "confirmed").await;
    refund(&shop, &order).await;
    is_refunded(&shop, &ada, &order).await;
    assert_eq!(shop.provider_ledger().await["refunds"], 0);
    eventually("the mug is back", || async {
        let stock = shop.stock("mug-01").await;
        (stock["sold"] == 0 && stock["reserved"] == 0).then_some(())
    })
    .await;
    shop.audit().await;
}
