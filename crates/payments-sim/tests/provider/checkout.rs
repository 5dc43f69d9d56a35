//! A checkout session is an intent over its lines, with a page to pay it on.

use serde_json::json;

use crate::support::Provider;

#[tokio::test]
async fn the_session_completes_when_its_page_is_paid() {
    let provider = Provider::start().await;
    let form = [
        ("mode", "payment"),
        ("success_url", "https://shop.example/thanks"),
        ("line_items[0][price_data][currency]", "eur"),
        ("line_items[0][price_data][unit_amount]", "1990"),
        ("line_items[0][price_data][product_data][name]", "Mug"),
        ("line_items[0][quantity]", "2"),
        ("line_items[1][price_data][currency]", "eur"),
        ("line_items[1][price_data][unit_amount]", "20"),
        ("payment_intent_data[metadata][order_id]", "order-7"),
        ("metadata[cart]", "9"),
    ];
    let session = provider.send("/v1/checkout/sessions", &form).await;
    assert_eq!(session.status, 200, "{}", session.text);
    assert_eq!(session.body["object"], "checkout.session");
    assert_eq!(session.body["amount_total"], 4000);
    assert_eq!(session.body["status"], "open");
    assert_eq!(session.body["metadata"], json!({"cart": "9"}));
    let intent = session.body["payment_intent"].as_str().unwrap();
    assert_eq!(
        session.body["url"],
        format!("{}/pay/{intent}", provider.url)
    );
    let opened = provider.get(&format!("/v1/payment_intents/{intent}")).await;
    assert_eq!(opened.body["metadata"], json!({"order_id": "order-7"}));

    let confirm = format!("/v1/payment_intents/{intent}/confirm");
    provider
        .send(&confirm, &[("payment_method", "pm_card_visa")])
        .await;
    let done = provider
        .get(&format!("/v1/checkout/sessions/{}", session.id()))
        .await;
    assert_eq!(done.body["status"], "complete");
    assert_eq!(done.body["payment_status"], "paid");
    assert_eq!(done.body["url"], json!(null));
}

#[tokio::test]
async fn lines_must_be_there_and_agree() {
    let provider = Provider::start().await;
    let none = provider
        .send("/v1/checkout/sessions", &[("mode", "payment")])
        .await;
    none.assert_error(400, "invalid_request_error", Some("parameter_missing"));
    let mixed = [
        ("mode", "payment"),
        ("line_items[0][price_data][currency]", "eur"),
        ("line_items[0][price_data][unit_amount]", "1"),
        ("line_items[1][price_data][currency]", "usd"),
        ("line_items[1][price_data][unit_amount]", "1"),
    ];
    let refused = provider.send("/v1/checkout/sessions", &mixed).await;
    assert_eq!(
        refused.body["error"]["param"],
        "line_items[1][price_data][currency]"
    );
}
