use reqwest::StatusCode;
use serde_json::json;

use crate::shop::Shop;

#[tokio::test(flavor = "multi_thread")]
async fn a_declined_card_leaves_the_order_payable() {
    let shop = Shop::open().await;
    let ada = shop.customer().await;

    let order = ada.order("book-01", 1, Some("pm_card_declined")).await;
    let declined = ada.sees_payment(&order, "failed").await;
    assert_eq!(declined["status"], "awaitingPayment");
    assert!(
        declined["payment"]["payUrl"]
            .as_str()
            .is_some_and(|url| url.contains("/pay/"))
    );
    assert_eq!(shop.stock("book-01").await["reserved"], 1);

    let path = format!("/v1/orders/{}/pay", order["id"].as_str().unwrap());
    let (status, _) = ada
        .post(&path, &json!({ "paymentMethod": "pm_card_visa" }))
        .await;
    assert_eq!(status, StatusCode::ACCEPTED);
    ada.sees(&order, "confirmed").await;

    let (status, problem) = ada
        .post(&path, &json!({ "paymentMethod": "pm_card_visa" }))
        .await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(problem["type"], "/problems/not-payable");
    shop.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_without_a_method_is_paid_on_the_providers_page() {
    let shop = Shop::open().await;
    let ada = shop.customer().await;
    let order = ada.order("pen-01", 1, None).await;
    let open = ada.sees_payment(&order, "open").await;
    let page = open["payment"]["payUrl"].as_str().unwrap().to_owned();

    let http = reqwest::Client::new();
    let html = http.get(&page).send().await.unwrap().text().await.unwrap();
    assert!(html.contains("pm_card_visa"), "{html}");
    let paid = http
        .post(&page)
        .form(&[("payment_method", "pm_card_visa")])
        .send()
        .await
        .unwrap();
    assert!(
        paid.status().is_success() || paid.status().is_redirection(),
        "{}",
        paid.status()
    );
    ada.sees(&order, "confirmed").await;
    shop.audit().await;
}
