use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::eventually;

use crate::shop::{Customer, Shop};

async fn sell(shop: &Shop, units: i64) {
    let product = json!({
        "id": "rare-01", "name": "Rare thing", "price": { "amount": 100, "currency": "EUR" },
    });
    shop.admin(Method::POST, "/v1/products", Some(&product))
        .await;
    let delta = json!({ "delta": units });
    shop.admin(Method::POST, "/v1/products/rare-01/stock", Some(&delta))
        .await;
}

async fn shows(shop: &Shop, available: i64) {
    eventually(&format!("{available} available"), || async {
        let (_, product) = shop
            .send(Method::GET, "/v1/products/rare-01", None, None)
            .await;
        let shown = product["available"] == available && product["inStock"] == (available > 0);
        shown.then_some(())
    })
    .await;
}

async fn order_one(ada: &Customer<'_>, key: &str) -> (StatusCode, Value) {
    let body = json!({ "items": [{ "productId": "rare-01", "quantity": 1 }] });
    ada.post_with_key("/v1/orders", key, &body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sold_out_product_is_refused_until_an_order_is_cancelled() {
    let shop = Shop::open().await;
    sell(&shop, 2).await;
    let ada = shop.customer().await;
    let (_, first) = order_one(&ada, "first").await;
    let (_, second) = order_one(&ada, "second").await;
    ada.sees(&first, "awaitingPayment").await;
    ada.sees(&second, "awaitingPayment").await;
    shows(&shop, 0).await;

    let (status, problem) = order_one(&ada, "third").await;
    assert_eq!(status, StatusCode::CONFLICT, "{problem}");
    assert_eq!(problem["type"], "/problems/sold-out");
    assert_eq!(problem["products"], json!(["rare-01"]));
    let (status, again) = order_one(&ada, "first").await;
    assert_eq!((status, &again["id"]), (StatusCode::ACCEPTED, &first["id"]));

    let path = format!("/v1/orders/{}/cancel", first["id"].as_str().unwrap());
    ada.post(&path, &Value::Null).await;
    shows(&shop, 1).await;
    let (status, third) = order_one(&ada, "third").await;
    assert_eq!(status, StatusCode::ACCEPTED, "{third}");
    ada.sees(&third, "awaitingPayment").await;
    shop.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_is_not_paid_in_time_gives_its_unit_to_the_next() {
    let shop = Shop::open_with(&["--payment-timeout", "1s"]).await;
    sell(&shop, 1).await;
    let ada = shop.customer().await;
    let (_, first) = order_one(&ada, "first").await;
    ada.sees(&first, "cancelled").await;
    shows(&shop, 1).await;
    let body = json!({
        "items": [{ "productId": "rare-01", "quantity": 1 }], "paymentMethod": "pm_card_visa",
    });
    let (status, next) = ada.post("/v1/orders", &body).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{next}");
    ada.sees(&next, "confirmed").await;
    shop.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_product_keeps_its_reservations() {
    let shop = Shop::open().await;
    sell(&shop, 1).await;
    let ada = shop.customer().await;
    let (_, order) = order_one(&ada, "first").await;
    ada.sees(&order, "awaitingPayment").await;
    shop.admin(Method::DELETE, "/v1/products/rare-01", None)
        .await;
    let path = format!("/v1/orders/{}/pay", order["id"].as_str().unwrap());
    let (status, _) = ada
        .post(&path, &json!({ "paymentMethod": "pm_card_visa" }))
        .await;
    assert_eq!(status, StatusCode::ACCEPTED);
    ada.sees(&order, "confirmed").await;
    shop.audit().await;
}
