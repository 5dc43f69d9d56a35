use reqwest::Method;
use serde_json::json;
use testkit::eventually;

use crate::shop::Shop;

#[tokio::test(flavor = "multi_thread")]
async fn ordering_more_than_the_stock_is_rejected_with_the_shortages() {
    let shop = Shop::open().await;
    let product = json!({
        "id": "rare-01", "name": "Rare thing", "description": "", "onSale": true,
        "price": { "amount": 100, "currency": "EUR" },
    });
    shop.admin(Method::POST, "/v1/products", Some(&product))
        .await;
    shop.admin(
        Method::POST,
        "/v1/products/rare-01/stock",
        Some(&json!({ "delta": 3 })),
    )
    .await;
    let ada = shop.customer().await;

    let too_many = ada.order("rare-01", 4, Some("pm_card_visa")).await;
    let rejected = ada.sees(&too_many, "rejected").await;
    assert_eq!(rejected["reason"], "outOfStock");
    assert_eq!(
        rejected["shortages"],
        json!([{ "productId": "rare-01", "requested": 4, "available": 3 }])
    );
    assert_eq!(shop.stock("rare-01").await["available"], 3);
    let id = too_many["id"].as_str().unwrap();
    let mail = format!("{id}-orderRejected.eml");
    eventually("the mail", || async {
        shop.outbox(&mail).into_iter().next()
    })
    .await;

    let all_there_is = ada.order("rare-01", 3, Some("pm_card_visa")).await;
    ada.sees(&all_there_is, "confirmed").await;
    shop.audit().await;
}
