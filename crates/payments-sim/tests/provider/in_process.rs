//! In-process charges behave like HTTP ones, without the callback.

use payments_sim::{ChargeError, ChargeRequest, Faults, IntentStatus};
use serde_json::Value;

use crate::support::{Provider, Shop};

fn request(method: &str, key: &str) -> ChargeRequest {
    ChargeRequest {
        idempotency_key: Some(key.to_owned()),
        amount: 1000,
        currency: "eur".to_owned(),
        payment_method: method.to_owned(),
        metadata: vec![("order_id".to_owned(), "order-7".to_owned())],
    }
}

#[tokio::test]
async fn the_event_is_returned_without_a_callback() {
    let mut shop = Shop::open().await;
    let provider = Provider::for_shop(&shop).await;
    // No fault applies in process.
    provider.simulator.set_faults(Faults {
        error500: 1.0,
        ..Faults::default()
    });
    let paid = provider
        .simulator
        .charge_in_process(request("pm_card_visa", "a"))
        .await
        .unwrap();
    provider.simulator.set_faults(Faults::default());
    assert_eq!(paid.status, IntentStatus::Succeeded);
    let notice = paid.event.unwrap();
    assert_eq!(notice.kind, "payment_intent.succeeded");
    let event: Value = serde_json::from_slice(&notice.body).unwrap();
    assert_eq!(event["data"]["object"]["id"], paid.intent_id);

    let again = provider
        .simulator
        .charge_in_process(request("pm_card_visa", "a"))
        .await
        .unwrap();
    assert!(again.replayed);
    assert_eq!(again.intent_id, paid.intent_id);
    assert_eq!(again.event.unwrap().body, notice.body);

    let declined = provider
        .simulator
        .charge_in_process(request("pm_card_declined", "b"))
        .await;
    let declined = declined.unwrap();
    assert_eq!(declined.status, IntentStatus::RequiresPaymentMethod);
    assert_eq!(
        declined.event.unwrap().kind,
        "payment_intent.payment_failed"
    );

    let over_http = provider.paid().await;
    assert_eq!(shop.next().await.intent(), over_http);
}

#[tokio::test]
async fn rejections_and_unknown_outcomes_are_reported() {
    let provider = Provider::start().await;
    let refused = provider
        .simulator
        .charge_in_process(request("pm_x", "a"))
        .await;
    assert!(matches!(refused, Err(ChargeError::Invalid(_))));
    let lost = provider
        .simulator
        .charge_in_process(request("pm_card_timeout", "b"))
        .await
        .unwrap();
    assert_eq!(lost.status, IntentStatus::Processing);
    assert!(lost.event.is_none());
}
