use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use testkit::{eventually, eventually_within};

use crate::shop::{Customer, Shop};

async fn cancel(ada: &Customer<'_>, order: &Value) -> (StatusCode, Value) {
    let path = format!("/v1/orders/{}/cancel", order["id"].as_str().unwrap());
    ada.post(&path, &Value::Null).await
}

async fn is_back(shop: &Shop, product: &str, before: &Value) {
    eventually(&format!("{product} is back"), || async {
        (shop.stock(product).await == *before).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unpaid_order_is_taken_back_with_its_stock_and_coupon() {
    let shop = Shop::open().await;
    let ada = shop.customer().await;
    let before = shop.stock("lamp-01").await;
    let body =
        json!({ "items": [{ "productId": "lamp-01", "quantity": 2 }], "coupon": "WELCOME10" });
    let (_, order) = ada.post("/v1/orders", &body).await;
    let open = ada.sees_payment(&order, "open").await;
    assert_eq!(shop.stock("lamp-01").await["reserved"], 2);

    let (status, cancelled) = cancel(&ada, &order).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    assert_eq!(cancelled["status"], "cancelled");
    assert_eq!(cancelled["reason"], "customer");
    let (status, again) = cancel(&ada, &order).await;
    assert_eq!(
        (status, &again["status"]),
        (StatusCode::ACCEPTED, &cancelled["status"])
    );

    is_back(&shop, "lamp-01", &before).await;
    eventually("the coupon is back", || async {
        let coupon = shop.admin(Method::GET, "/v1/coupons/WELCOME10", None).await;
        (coupon["holds"] == 0 && coupon["uses"] == 0).then_some(())
    })
    .await;
    // The page where it could be paid takes no money any more.
    let (page, http) = (
        open["payment"]["payUrl"].as_str().unwrap(),
        reqwest::Client::new(),
    );
    eventually("the payment is voided", || async {
        let shown = http.get(page).send().await.unwrap().text().await.unwrap();
        shown.contains("cancelled").then_some(())
    })
    .await;
    let form = [("payment_method", "pm_card_visa")];
    http.post(page).form(&form).send().await.unwrap();
    assert_eq!(shop.provider_ledger().await["charges"], 0);
    shop.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confirmed_order_is_not_taken_back() {
    let shop = Shop::open().await;
    let ada = shop.customer().await;
    let order = ada.order("mug-01", 1, Some("pm_card_visa")).await;
    ada.sees(&order, "confirmed").await;
    let (status, problem) = cancel(&ada, &order).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert_eq!(problem["type"], "/problems/not-cancellable");
    assert_eq!(problem["orderStatus"], "confirmed");
    shop.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_cancelled_by_an_administrator_names_the_author() {
    let shop = Shop::open().await;
    let ada = shop.customer().await;
    let order = ada.order("mug-01", 1, None).await;
    ada.sees_payment(&order, "open").await;
    let path = format!("/v1/orders/{}/cancel", order["id"].as_str().unwrap());
    shop.admin(Method::POST, &path, None).await;
    let cancelled = ada.sees(&order, "cancelled").await;
    assert_eq!(cancelled["reason"], "admin");
    shop.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_charge_in_progress_with_a_lost_callback_is_refunded() {
    let shop = Shop::open().await;
    shop.provider_faults(&json!({ "drop": 1 })).await;
    let ada = shop.customer().await;
    // Five seconds of processing, in which nothing can be voided.
    let order = ada.order("rug-01", 1, Some("pm_card_slow")).await;
    ada.sees(&order, "awaitingPayment").await;
    cancel(&ada, &order).await;
    let patience = Duration::from_secs(15);
    let refunded = eventually_within(patience, "it is paid back", || async {
        Some(ada.look(&order).await).filter(|order| order["payment"]["status"] == "refunded")
    })
    .await;
    assert_eq!(refunded["status"], "cancelled");
    let ledger = shop.provider_ledger().await;
    assert_eq!(
        (&ledger["charges"], &ledger["refunds"]),
        (&json!(1), &json!(1))
    );
    shop.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn money_captured_meanwhile_is_refunded() {
    let shop = Shop::open().await;
    // The provider charges at once and calls back late.
    shop.provider_faults(&json!({ "delayMs": 1500 })).await;
    let ada = shop.customer().await;
    let before = shop.stock("rug-01").await;
    let order = ada.order("rug-01", 1, Some("pm_card_visa")).await;
    ada.sees(&order, "awaitingPayment").await;
    eventually("the charge", || async {
        (shop.provider_ledger().await["charges"] == 1).then_some(())
    })
    .await;
    let (status, _) = cancel(&ada, &order).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    let refunded = ada.sees_payment(&order, "refunded").await;
    assert_eq!(refunded["status"], "cancelled");
    assert_eq!(shop.provider_ledger().await["refunds"], 1);
    is_back(&shop, "rug-01", &before).await;
    shop.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn either_the_payment_or_the_cancellation_wins_and_both_occur() {
    const ORDERS: u64 = 40;
    let shop = Shop::open().await;
    let ada = shop.customer().await;
    let (mut confirmed, mut cancelled) = (0, 0);
    let mut delay = Duration::ZERO;
    for _ in 0..ORDERS {
        let order = ada.order("mug-01", 1, Some("pm_card_visa")).await;
        tokio::time::sleep(delay).await;
        let (status, answer) = cancel(&ada, &order).await;
        if status == StatusCode::ACCEPTED {
            ada.sees(&order, "cancelled").await;
            cancelled += 1;
        } else {
            assert_eq!(answer["orderStatus"], "confirmed", "{status} {answer}");
            ada.sees(&order, "confirmed").await;
            confirmed += 1;
        }
        // Approaches the moment of the confirmation on any machine, then stays around it.
        delay = match (status == StatusCode::ACCEPTED, confirmed > 0) {
            (true, false) => delay * 2 + Duration::from_millis(1),
            (true, true) => delay * 5 / 4 + Duration::from_micros(100),
            (false, _) => delay * 4 / 5,
        };
    }
    assert_eq!(confirmed + cancelled, ORDERS);
    assert!(confirmed > 0, "no payment won against its cancellation");
    assert!(cancelled > 0, "no cancellation won against its payment");
    eventually("every charge is sold or paid back", || async {
        let (stock, ledger) = (shop.stock("mug-01").await, shop.provider_ledger().await);
        let kept = ledger["charges"].as_u64()? - ledger["refunds"].as_u64()?;
        (kept == confirmed && stock["sold"] == confirmed && stock["reserved"] == 0).then_some(())
    })
    .await;
    shop.audit().await;
}
