//! Slow charges: processing first, and not cancellable meanwhile.

use std::time::Duration;

use payments_sim::Settings;

use crate::support::{Provider, Shop, settings};

#[tokio::test]
async fn a_slow_charge_succeeds_later_and_sends_a_callback() {
    let mut shop = Shop::open().await;
    let provider = Provider::for_shop(&shop).await;
    let begun = provider.charge("pm_card_slow").await;
    assert_eq!(begun.status, 200);
    assert_eq!(begun.body["status"], "processing");
    assert_eq!(begun.body["amount_received"], 0);
    let callback = shop.next().await;
    assert_eq!(callback.event["type"], "payment_intent.succeeded");
    assert_eq!(callback.intent(), begun.id());
    let done = provider
        .get(&format!("/v1/payment_intents/{}", begun.id()))
        .await;
    assert_eq!(done.body["status"], "succeeded");
}

#[tokio::test]
async fn a_processing_charge_cannot_be_cancelled_or_refunded() {
    let hour = Duration::from_secs(3600);
    let provider = Provider::with(Settings {
        slow_charge: hour,
        ..settings()
    })
    .await;
    let begun = provider.charge("pm_card_slow").await.id();
    let cancelled = provider
        .send(&format!("/v1/payment_intents/{begun}/cancel"), &[])
        .await;
    let code = Some("payment_intent_unexpected_state");
    cancelled.assert_error(400, "invalid_request_error", code);
    let refunded = provider
        .send("/v1/refunds", &[("payment_intent", &begun)])
        .await;
    refunded.assert_error(400, "invalid_request_error", code);
}
