use std::time::Duration;

use testkit::eventually;

use crate::shop::Shop;

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_placed_reserved_paid_confirmed_and_notified() {
    let shop = Shop::open().await;
    let ada = shop.customer().await;
    let before = shop.stock("mug-01").await;

    let order = ada.order("mug-01", 2, Some("pm_card_visa")).await;
    assert_eq!(order["status"], "placed");
    let confirmed = ada
        .sees_within(Duration::from_secs(5), &order, "confirmed")
        .await;

    let steps: Vec<&str> = confirmed["timeline"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|step| step["status"].as_str())
        .collect();
    assert_eq!(steps, ["placed", "awaitingPayment", "confirmed"]);
    assert_eq!(confirmed["total"], confirmed["items"][0]["lineTotal"]);
    assert_eq!(confirmed["payment"]["status"], "succeeded");

    let sold = eventually("two mugs are sold", || async {
        Some(shop.stock("mug-01").await).filter(|stock| stock["sold"] == 2)
    })
    .await;
    assert_eq!(sold["reserved"], 0);
    assert_eq!(
        sold["available"].as_i64(),
        before["available"].as_i64().map(|units| units - 2)
    );

    let id = order["id"].as_str().unwrap();
    let mail = eventually("the mail", || async {
        shop.outbox(&format!("{id}-orderConfirmed.eml"))
            .into_iter()
            .next()
    })
    .await;
    let mail = std::fs::read_to_string(mail).unwrap();
    assert!(mail.contains("To: Ada <customer-0@example.com>"), "{mail}");
    assert!(mail.contains(id), "{mail}");
    assert_eq!(
        shop.outbox(&format!("{id}-orderConfirmed.sms.json")).len(),
        1
    );
    shop.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callback_that_comes_twice_confirms_once() {
    let shop = Shop::open().await;
    shop.provider_faults(&serde_json::json!({ "duplicate": 1 }))
        .await;
    let ada = shop.customer().await;
    let order = ada.order("tee-01", 1, Some("pm_card_visa")).await;
    let confirmed = ada.sees(&order, "confirmed").await;
    assert_eq!(confirmed["timeline"].as_array().map(Vec::len), Some(3));
    eventually("one tee is sold", || async {
        (shop.stock("tee-01").await["sold"] == 1).then_some(())
    })
    .await;
    shop.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_costs_nothing_is_confirmed_without_the_provider() {
    let shop = Shop::open().await;
    let gift = serde_json::json!({
        "id": "gift-01", "name": "Gift", "description": "", "onSale": true,
        "price": { "amount": 0, "currency": "EUR" },
    });
    shop.admin(reqwest::Method::POST, "/v1/products", Some(&gift))
        .await;
    let delta = serde_json::json!({ "delta": 1 });
    shop.admin(
        reqwest::Method::POST,
        "/v1/products/gift-01/stock",
        Some(&delta),
    )
    .await;
    let ada = shop.customer().await;
    let order = ada.order("gift-01", 1, None).await;
    ada.sees(&order, "confirmed").await;
    shop.audit().await;
}
