//! Charges: one per payment attempt, expandable in place of their id.

use serde_json::json;

use crate::support::Provider;

#[tokio::test]
async fn each_attempt_has_its_own_charge() {
    let provider = Provider::start().await;
    let declined = provider.charge("pm_card_declined").await;
    let intent = &declined.body["error"]["payment_intent"];
    let (id, failed) = (&intent["id"], &intent["latest_charge"]);
    assert_eq!(intent["last_payment_error"]["charge"], *failed);
    let confirm = format!("/v1/payment_intents/{}/confirm", id.as_str().unwrap());
    let visa = [("payment_method", "pm_card_visa")];
    let paid = provider.send(&confirm, &visa).await.body;
    provider.paid().await;

    let path = format!("/v1/charges?payment_intent={}", id.as_str().unwrap());
    let list = provider.get(&path).await.body;
    let charges = list["data"].as_array().unwrap();
    let [newest, oldest] = &charges[..] else {
        unreachable!("two charges: {list}")
    };
    assert_eq!(newest["id"], paid["latest_charge"]);
    assert_eq!(
        (&newest["status"], &newest["amount_captured"]),
        (&json!("succeeded"), &json!(1000))
    );
    assert_eq!(oldest["id"], *failed);
    assert_eq!(
        (&oldest["status"], &oldest["failure_code"], &oldest["paid"]),
        (&json!("failed"), &json!("card_declined"), &json!(false))
    );
    let path = format!("/v1/charges/{}", failed.as_str().unwrap());
    assert_eq!(provider.get(&path).await.body, *oldest);
    let none = provider.get("/v1/charges/ch_none").await;
    none.assert_error(404, "invalid_request_error", Some("resource_missing"));
}

#[tokio::test]
async fn a_processing_charge_is_pending() {
    let provider = Provider::start().await;
    let slow = provider.charge("pm_card_slow").await.body;
    let path = format!("/v1/charges/{}", slow["latest_charge"].as_str().unwrap());
    let charge = provider.get(&path).await.body;
    assert_eq!(
        (&charge["status"], &charge["amount_captured"]),
        (&json!("pending"), &json!(0))
    );
}

#[tokio::test]
async fn expand_replaces_an_id_by_its_object() {
    let provider = Provider::start().await;
    let paid = provider.paid().await;
    let path = format!("/v1/payment_intents/{paid}?expand[]=latest_charge");
    let intent = provider.get(&path).await.body;
    assert_eq!(intent["latest_charge"]["object"], "charge");
    assert_eq!(intent["latest_charge"]["payment_intent"], json!(paid));
    let form = [("payment_intent", paid.as_str()), ("expand[0]", "charge")];
    let refund = provider.send("/v1/refunds", &form).await.body;
    assert_eq!(refund["charge"]["refunded"], true);
    let list = provider
        .get("/v1/charges?expand[]=data.payment_intent")
        .await
        .body;
    assert_eq!(list["data"][0]["payment_intent"]["id"], json!(paid));
}

#[tokio::test]
async fn an_unknown_expansion_is_rejected_without_effect() {
    let provider = Provider::start().await;
    let form = [
        ("amount", "1000"),
        ("currency", "eur"),
        ("expand[]", "customer"),
    ];
    let refused = provider.send("/v1/payment_intents", &form).await;
    refused.assert_error(400, "invalid_request_error", None);
    assert_eq!(refused.body["error"]["param"], "expand");
    let none = provider.get("/v1/payment_intents").await.body;
    assert_eq!(none["data"], json!([]));
    let refused = provider.get("/v1/events?expand[]=data.data").await;
    refused.assert_error(400, "invalid_request_error", None);
}

#[tokio::test]
async fn refunds_are_listed_by_intent_and_by_charge() {
    let provider = Provider::start().await;
    let (one, other) = (provider.paid().await, provider.paid().await);
    for (intent, amount) in [(&one, "300"), (&other, "200"), (&one, "100")] {
        let form = [("payment_intent", intent.as_str()), ("amount", amount)];
        provider.send("/v1/refunds", &form).await;
    }
    let charge = one.replace("pi_", "ch_");
    for path in [
        format!("/v1/refunds?payment_intent={one}"),
        format!("/v1/refunds?charge={charge}"),
    ] {
        let list = provider.get(&path).await.body;
        let amounts: Vec<_> = list["data"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["amount"].as_u64().unwrap())
            .collect();
        assert_eq!(amounts, [100, 300]);
        assert_eq!(list["url"], "/v1/refunds");
    }
    let first = provider.get("/v1/refunds?limit=1").await.body;
    assert_eq!(first["has_more"], true);
    let id = first["data"][0]["id"].as_str().unwrap();
    assert_eq!(provider.get(&format!("/v1/refunds/{id}")).await.status, 200);
}
