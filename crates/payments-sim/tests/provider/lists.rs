//! Lists: newest first, with pagination in both directions.

use serde_json::Value;

use crate::support::Provider;

fn ids(list: &Value) -> Vec<String> {
    let data = list["data"].as_array().unwrap();
    data.iter()
        .map(|it| it["id"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn pages_have_no_gap_and_no_overlap() {
    let provider = Provider::start().await;
    let mut all = Vec::new();
    for _ in 0..5 {
        all.insert(0, provider.paid().await);
    }
    let first = provider.get("/v1/payment_intents?limit=2").await.body;
    assert_eq!(first["object"], "list");
    assert_eq!(first["has_more"], true);
    assert_eq!(ids(&first), all[..2]);
    let path = format!("/v1/payment_intents?limit=3&starting_after={}", all[1]);
    let rest = provider.get(&path).await.body;
    assert_eq!(rest["has_more"], false);
    assert_eq!(ids(&rest), all[2..]);
    let path = format!("/v1/payment_intents?limit=2&ending_before={}", all[3]);
    let newer = provider.get(&path).await.body;
    assert_eq!(newer["has_more"], true);
    assert_eq!(ids(&newer), all[1..3]);
    assert_eq!(
        provider.get("/v1/payment_intents?limit=0").await.status,
        400
    );
    assert_eq!(
        provider
            .get("/v1/payment_intents?starting_after=x")
            .await
            .status,
        400
    );
}

#[tokio::test]
async fn events_are_filtered_by_type() {
    let provider = Provider::start().await;
    provider.paid().await;
    provider.charge("pm_card_declined").await;
    let all = provider.get("/v1/events").await.body;
    assert_eq!(ids(&all).len(), 2);
    let failed = provider
        .get("/v1/events?type=payment_intent.payment_failed")
        .await
        .body;
    assert_eq!(ids(&failed), ids(&all)[..1]);
}
