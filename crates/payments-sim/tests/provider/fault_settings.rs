//! `/sim/faults`: partial updates merge; invalid ones change nothing and name the field.

use serde_json::json;

use crate::support::Provider;

#[tokio::test]
async fn partial_updates_merge() {
    let provider = Provider::start().await;
    let set = provider
        .put_faults(json!({"delayMs": [5, 20], "drop": 0.5}))
        .await;
    assert_eq!(set.status, 200);
    let set = provider
        .put_faults(json!({"drop": 1, "error500": 0.25}))
        .await;
    let expected = json!({
        "delayMs": [5, 20], "duplicate": 0.0, "reorder": 0.0, "drop": 1.0,
        "badSignature": 0.0, "staleTimestamp": 0.0, "error500": 0.25, "answerMs": 0,
    });
    assert_eq!(set.body, expected);
    assert_eq!(provider.get("/sim/faults").await.body, expected);
    let set = provider.put_faults(json!({"delayMs": 7})).await;
    assert_eq!(set.body["delayMs"], 7);
}

#[tokio::test]
async fn an_invalid_value_names_its_field_and_changes_nothing() {
    let provider = Provider::start().await;
    let bad = [
        ("drop", json!({"duplicate": 1, "drop": 1.5})),
        ("reorder", json!({"reorder": "often"})),
        ("delayMs", json!({"delayMs": [9, 3]})),
        ("answerMs", json!({"answerMs": "slowly"})),
        ("delayMs", json!({"delayMs": -1})),
        ("delayMs", json!({"delayMs": [1, 2, 3]})),
        ("drops", json!({"drops": 1})),
    ];
    for (field, patch) in bad {
        let refused = provider.put_faults(patch).await;
        assert_eq!(refused.status, 400, "{}", refused.text);
        assert_eq!(refused.body["error"]["param"], field);
    }
    assert_eq!(provider.put_faults(json!([1])).await.status, 400);
    assert_eq!(provider.simulator.faults(), payments_sim::Faults::default());
}
