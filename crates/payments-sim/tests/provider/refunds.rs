//! Refunds never exceed the captured amount.

use serde_json::json;

use crate::support::{Provider, Shop};

#[tokio::test]
async fn refunds_are_limited_to_the_captured_amount() {
    let mut shop = Shop::open().await;
    let provider = Provider::for_shop(&shop).await;
    let paid = provider.charge("pm_card_visa").await;
    let (id, charge) = (
        paid.id(),
        paid.body["latest_charge"].as_str().unwrap().to_owned(),
    );
    shop.next().await;

    let part = [
        ("payment_intent", id.as_str()),
        ("amount", "300"),
        ("reason", "duplicate"),
    ];
    let refund = provider.send("/v1/refunds", &part).await;
    assert_eq!(refund.body["object"], "refund");
    assert_eq!(refund.body["status"], "succeeded");
    assert_eq!(refund.body["amount"], 300);
    assert_eq!(refund.body["payment_intent"], *id);
    assert_eq!(refund.body["charge"], *charge);
    assert_eq!(
        provider
            .get(&format!("/v1/refunds/{}", refund.id()))
            .await
            .body,
        refund.body
    );
    let event = shop.next().await.event;
    assert_eq!(event["type"], "charge.refunded");
    assert_eq!(event["data"]["object"]["object"], "charge");
    assert_eq!(event["data"]["object"]["amount_refunded"], 300);
    assert_eq!(event["data"]["object"]["refunded"], false);

    let much = provider
        .send("/v1/refunds", &[("payment_intent", &id), ("amount", "701")])
        .await;
    much.assert_error(400, "invalid_request_error", Some("amount_too_large"));
    let rest = provider.send("/v1/refunds", &[("charge", &charge)]).await;
    assert_eq!(rest.body["amount"], 700);
    assert_eq!(shop.next().await.event["data"]["object"]["refunded"], true);
    let more = provider
        .send("/v1/refunds", &[("payment_intent", &id)])
        .await;
    more.assert_error(
        400,
        "invalid_request_error",
        Some("charge_already_refunded"),
    );
    let ledger =
        json!({"captured": {"EUR": 1000}, "refunded": {"EUR": 1000}, "charges": 1, "refunds": 2});
    assert_eq!(provider.ledger().await, ledger);
}
