//! A declined charge captures nothing, sends a callback, and another card may follow.

use serde_json::json;

use crate::support::{Provider, Shop};

#[tokio::test]
async fn a_decline_is_a_402_and_leaves_the_intent_open() {
    let mut shop = Shop::open().await;
    let provider = Provider::for_shop(&shop).await;
    let declined = provider.charge("pm_card_chargeDeclined").await;
    declined.assert_error(402, "card_error", Some("card_declined"));
    let intent = &declined.body["error"]["payment_intent"];
    assert_eq!(intent["status"], "requires_payment_method");
    assert_eq!(intent["payment_method"], json!(null));
    assert_eq!(intent["last_payment_error"]["code"], "card_declined");
    let callback = shop.next().await;
    assert_eq!(callback.event["type"], "payment_intent.payment_failed");
    assert_eq!(callback.event["data"]["object"], *intent);

    let path = format!(
        "/v1/payment_intents/{}/confirm",
        intent["id"].as_str().unwrap()
    );
    let paid = provider
        .send(&path, &[("payment_method", "pm_card_visa")])
        .await;
    assert_eq!(paid.body["status"], "succeeded");
    assert_eq!(paid.body["last_payment_error"], json!(null));
    assert_eq!(shop.next().await.event["type"], "payment_intent.succeeded");
    let stored = provider.get(&format!("/v1/events/{}", callback.id())).await;
    assert_eq!(
        stored.body["data"]["object"], *intent,
        "an event keeps what it said"
    );
    assert_eq!(provider.ledger().await["charges"], 1);
}
