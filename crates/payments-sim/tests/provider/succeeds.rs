//! A successful charge, and its signed callback.

use serde_json::json;

use crate::support::{Provider, Shop};

#[tokio::test]
async fn the_intent_has_stripes_shape() {
    let provider = Provider::start().await;
    let reply = provider.charge("pm_card_visa").await;
    assert_eq!(reply.status, 200);
    let intent = &reply.body;
    assert_eq!(intent["object"], "payment_intent");
    assert_eq!(intent["status"], "succeeded");
    assert_eq!(intent["amount"], 1000);
    assert_eq!(intent["amount_received"], 1000);
    assert_eq!(intent["currency"], "eur");
    assert_eq!(intent["metadata"], json!({"order_id": "order-7"}));
    assert_eq!(intent["payment_method"], "pm_card_visa");
    assert!(
        intent["client_secret"]
            .as_str()
            .unwrap()
            .starts_with(intent["id"].as_str().unwrap())
    );
    assert!(intent["latest_charge"].as_str().unwrap().starts_with("ch_"));
    let again = provider
        .get(&format!("/v1/payment_intents/{}", reply.id()))
        .await;
    assert_eq!(again.body, reply.body);
    let ledger = json!({"captured": {"EUR": 1000}, "refunded": {}, "charges": 1, "refunds": 0});
    assert_eq!(provider.ledger().await, ledger);
}

#[tokio::test]
async fn create_then_confirm_gives_the_same_intent() {
    let provider = Provider::start().await;
    let form = [
        ("amount", "5"),
        ("currency", "usd"),
        ("automatic_payment_methods[enabled]", "true"),
    ];
    let created = provider.send("/v1/payment_intents", &form).await;
    assert_eq!(created.body["status"], "requires_payment_method");
    assert_eq!(created.body["latest_charge"], json!(null));
    let path = format!("/v1/payment_intents/{}/confirm", created.id());
    let confirmed = provider
        .send(&path, &[("payment_method", "pm_card_visa")])
        .await;
    assert_eq!(confirmed.body["status"], "succeeded");
    let twice = provider
        .send(&path, &[("payment_method", "pm_card_visa")])
        .await;
    twice.assert_error(
        400,
        "invalid_request_error",
        Some("payment_intent_unexpected_state"),
    );
    assert_eq!(twice.body["error"]["payment_intent"]["status"], "succeeded");
    assert_eq!(provider.ledger().await["captured"], json!({"USD": 5}));
}

#[tokio::test]
async fn an_attached_method_requires_confirmation() {
    let provider = Provider::start().await;
    let form = [
        ("amount", "5"),
        ("currency", "usd"),
        ("payment_method", "pm_card_visa"),
    ];
    let created = provider.send("/v1/payment_intents", &form).await;
    assert_eq!(created.body["status"], "requires_confirmation");
    let path = format!("/v1/payment_intents/{}/confirm", created.id());
    assert_eq!(provider.send(&path, &[]).await.body["status"], "succeeded");
}

#[tokio::test]
async fn the_callback_is_signed_and_carries_the_intent() {
    let mut shop = Shop::open().await;
    let provider = Provider::for_shop(&shop).await;
    let paid = provider.charge("pm_card_visa").await;
    let callback = shop.next().await;
    assert!(callback.authentic);
    assert!(callback.age < 60);
    assert_eq!(callback.event["type"], "payment_intent.succeeded");
    assert_eq!(callback.event["object"], "event");
    assert_eq!(callback.event["data"]["object"], paid.body);
    let event = provider.get(&format!("/v1/events/{}", callback.id())).await;
    assert_eq!(event.body["data"], callback.event["data"]);
}

#[tokio::test]
async fn events_wait_for_a_callback_url() {
    let mut shop = Shop::open().await;
    let provider = Provider::with(shop.silent_settings()).await;
    let first = provider.paid().await;
    let second = provider.paid().await;
    provider.simulator.set_webhook_url(shop.url.clone());
    let mut reported = [
        shop.next().await.intent().to_owned(),
        shop.next().await.intent().to_owned(),
    ];
    // They run side by side, so the order they arrive in is not promised.
    reported.sort();
    let mut expected = [first, second];
    expected.sort();
    assert_eq!(reported, expected);
}

#[tokio::test]
async fn a_rejected_callback_is_retried() {
    let mut shop = Shop::answering(&[500, 302]).await;
    let provider = Provider::for_shop(&shop).await;
    provider.paid().await;
    let attempts = [shop.next().await, shop.next().await, shop.next().await];
    assert!(
        attempts
            .iter()
            .all(|it| it.authentic && it.event == attempts[0].event)
    );
}
