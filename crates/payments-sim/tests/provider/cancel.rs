//! Cancellation is final and sends a callback.

use crate::support::{Provider, Shop};

#[tokio::test]
async fn an_open_intent_is_cancelled_once() {
    let mut shop = Shop::open().await;
    let provider = Provider::for_shop(&shop).await;
    let form = [("amount", "1000"), ("currency", "eur")];
    let created = provider.send("/v1/payment_intents", &form).await.id();
    let path = format!("/v1/payment_intents/{created}/cancel");
    let cancelled = provider
        .send(&path, &[("cancellation_reason", "abandoned")])
        .await;
    assert_eq!(cancelled.body["status"], "canceled");
    assert_eq!(cancelled.body["cancellation_reason"], "abandoned");
    assert!(cancelled.body["canceled_at"].is_i64());
    let callback = shop.next().await;
    assert_eq!(callback.event["type"], "payment_intent.canceled");
    assert_eq!(callback.event["data"]["object"], cancelled.body);

    let code = Some("payment_intent_unexpected_state");
    provider
        .send(&path, &[])
        .await
        .assert_error(400, "invalid_request_error", code);
    let confirm = format!("/v1/payment_intents/{created}/confirm");
    let late = provider
        .send(&confirm, &[("payment_method", "pm_card_visa")])
        .await;
    late.assert_error(400, "invalid_request_error", code);
}

#[tokio::test]
async fn a_paid_intent_is_not_cancelled() {
    let provider = Provider::start().await;
    let path = format!("/v1/payment_intents/{}/cancel", provider.paid().await);
    let code = Some("payment_intent_unexpected_state");
    provider
        .send(&path, &[])
        .await
        .assert_error(400, "invalid_request_error", code);
}
