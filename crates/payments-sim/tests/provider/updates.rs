//! Updates of an intent: metadata and description at any time, the amount before payment.

use serde_json::json;

use crate::support::Provider;

#[tokio::test]
async fn amount_metadata_and_description_are_updated() {
    let provider = Provider::start().await;
    let form = [
        ("amount", "1000"),
        ("currency", "eur"),
        ("description", "first"),
        ("metadata[order_id]", "7"),
        ("metadata[cart]", "9"),
    ];
    let id = provider.send("/v1/payment_intents", &form).await.id();
    let path = format!("/v1/payment_intents/{id}");
    let form = [
        ("amount", "1200"),
        ("description", "second"),
        ("metadata[cart]", ""),
        ("metadata[shop]", "1"),
    ];
    let updated = provider.send(&path, &form).await.body;
    assert_eq!(updated["amount"], 1200);
    assert_eq!(updated["description"], "second");
    assert_eq!(updated["metadata"], json!({"order_id": "7", "shop": "1"}));
    assert_eq!(provider.get(&path).await.body, updated);

    let form = [("metadata", ""), ("description", "")];
    let cleared = provider.send(&path, &form).await.body;
    assert_eq!(cleared["metadata"], json!({}));
    assert_eq!(cleared["description"], json!(null));
    assert_eq!(cleared["amount"], 1200);

    let visa = [("payment_method", "pm_card_visa")];
    let paid = provider.send(&format!("{path}/confirm"), &visa).await.body;
    assert_eq!(paid["amount_received"], 1200);
    assert_eq!(provider.ledger().await["captured"], json!({"EUR": 1200}));
}

#[tokio::test]
async fn a_paid_intent_keeps_its_amount() {
    let provider = Provider::start().await;
    let path = format!("/v1/payment_intents/{}", provider.paid().await);
    let refused = provider.send(&path, &[("amount", "1")]).await;
    let code = Some("payment_intent_unexpected_state");
    refused.assert_error(400, "invalid_request_error", code);
    let noted = provider.send(&path, &[("metadata[note]", "late")]).await;
    assert_eq!(noted.body["metadata"]["note"], "late");
    let nothing = provider.send(&path, &[("amount", "0")]).await;
    assert_eq!(nothing.body["error"]["param"], "amount");
}
