//! `pm_card_timeout` never answers; a repeated request is told that the first is under way.

use crate::support::{Provider, eventually, soon};

#[tokio::test]
async fn the_caller_waits_until_the_provider_stops() {
    let mut provider = Provider::start().await;
    let form = [
        ("amount", "1000"),
        ("currency", "eur"),
        ("payment_method", "pm_card_timeout"),
        ("confirm", "true"),
    ];
    let request = || {
        provider
            .post("/v1/payment_intents", &form)
            .header("idempotency-key", "k")
    };
    let waiting = tokio::spawn(request().send());
    eventually(async || {
        let list = provider.get("/v1/payment_intents").await.body;
        list["data"][0]["status"] == "processing"
    })
    .await;
    let repeated = soon(request().send()).await.unwrap();
    assert_eq!(repeated.status(), 409);
    assert!(!waiting.is_finished());
    provider.ask_to_stop();
    assert_eq!(soon(waiting).await.unwrap().unwrap().status(), 504);
    assert_eq!(provider.simulator.ledger().charges, 0);
    provider.stop().await;
}
