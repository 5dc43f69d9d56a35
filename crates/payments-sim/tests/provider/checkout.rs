//! Checkout sessions: an intent over the lines, with a pay page.

use serde_json::json;

use crate::support::{Provider, Shop};

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
async fn lines_are_required_and_share_one_currency() {
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

async fn session(provider: &Provider) -> (String, String) {
    let form = [
        ("mode", "payment"),
        ("line_items[0][price_data][currency]", "eur"),
        ("line_items[0][price_data][unit_amount]", "1990"),
    ];
    let session = provider.send("/v1/checkout/sessions", &form).await;
    let intent = session.body["payment_intent"].as_str().unwrap().to_owned();
    (session.id(), intent)
}

#[tokio::test]
async fn paid_and_expired_sessions_send_callbacks() {
    let mut shop = Shop::open().await;
    let provider = Provider::for_shop(&shop).await;
    let (paid, intent) = session(&provider).await;
    let confirm = format!("/v1/payment_intents/{intent}/confirm");
    let visa = [("payment_method", "pm_card_visa")];
    provider.send(&confirm, &visa).await;
    let (expired, _) = session(&provider).await;
    let path = format!("/v1/checkout/sessions/{expired}/expire");
    let answer = provider.send(&path, &[]).await.body;
    assert_eq!(answer["status"], "expired");
    assert_eq!(answer["url"], json!(null));

    let mut reported = Vec::new();
    for _ in 0..4 {
        let event = shop.next().await.event;
        let object = &event["data"]["object"];
        if object["object"] == "checkout.session" {
            let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
            reported.push((
                text(&event["type"]),
                text(&object["id"]),
                text(&object["status"]),
            ));
        }
    }
    reported.sort_unstable();
    let row =
        |kind: &str, id: &String, status: &str| (kind.to_owned(), id.clone(), status.to_owned());
    assert_eq!(
        reported,
        [
            row("checkout.session.completed", &paid, "complete"),
            row("checkout.session.expired", &expired, "expired"),
        ]
    );
    let list = provider.get("/v1/checkout/sessions").await.body;
    assert_eq!(list["data"][0], answer);
    assert_eq!(list["data"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn only_an_open_session_expires() {
    let provider = Provider::start().await;
    let (id, _) = session(&provider).await;
    let path = format!("/v1/checkout/sessions/{id}/expire");
    assert_eq!(provider.send(&path, &[]).await.status, 200);
    let again = provider.send(&path, &[]).await;
    again.assert_error(400, "invalid_request_error", None);
    let path = "/v1/checkout/sessions/cs_test_none/expire";
    let unknown = provider.send(path, &[]).await;
    unknown.assert_error(404, "invalid_request_error", Some("resource_missing"));
}
