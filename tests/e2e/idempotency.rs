use reqwest::{Method, StatusCode};
use serde_json::json;
use testkit::eventually;

use crate::shop::Shop;

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_twice_is_one_order_and_one_deduction() {
    let shop = Shop::open().await;
    let ada = shop.customer().await;
    let body = json!({
        "items": [{ "productId": "lamp-01", "quantity": 3 }], "paymentMethod": "pm_card_visa",
    });

    let (first_status, first) = ada.post_with_key("/v1/orders", "\"once\"", &body).await;
    let (again_status, again) = ada.post_with_key("/v1/orders", "\"once\"", &body).await;
    assert_eq!(
        (first_status, again_status),
        (StatusCode::ACCEPTED, StatusCode::ACCEPTED)
    );
    assert_eq!(first["id"], again["id"]);

    let other = json!({ "items": [{ "productId": "lamp-01", "quantity": 4 }] });
    let (status, problem) = ada.post_with_key("/v1/orders", "\"once\"", &other).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem["type"], "/problems/idempotency-key-reused");

    ada.sees(&first, "confirmed").await;
    eventually("three lamps are sold", || async {
        (shop.stock("lamp-01").await["sold"] == 3).then_some(())
    })
    .await;
    assert_eq!(shop.stock("lamp-01").await["reserved"], 0);
    shop.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accepted_order_stays_accepted_when_the_price_changes() {
    let shop = Shop::open().await;
    let ada = shop.customer().await;
    let price = shop.admin(Method::GET, "/v1/products/rug-01", None).await["price"].clone();
    let body = json!({
        "items": [{ "productId": "rug-01", "quantity": 1 }], "expectedTotal": price,
    });
    let (_, first) = ada.post_with_key("/v1/orders", "dear", &body).await;

    let dearer = json!({ "price": { "amount": 99_999, "currency": "EUR" } });
    shop.admin(Method::PATCH, "/v1/products/rug-01", Some(&dearer))
        .await;
    let (status, again) = ada.post_with_key("/v1/orders", "dear", &body).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{again}");
    assert_eq!(again["id"], first["id"]);
    let (status, problem) = ada.post_with_key("/v1/orders", "new", &body).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(problem["type"], "/problems/price-changed");
    shop.admin(Method::DELETE, "/v1/products/rug-01", None)
        .await;
    let (status, _) = ada.post_with_key("/v1/orders", "dear", &body).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    shop.audit().await;
}
