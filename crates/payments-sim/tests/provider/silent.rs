//! `pm_card_timeout` gets no response; a repeated request gets a 409 meanwhile.

use crate::support::{Provider, eventually, soon};

#[tokio::test]
async fn a_timed_out_charge_waits_until_the_provider_stops() {
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
    provider.request_stop();
    assert_eq!(soon(waiting).await.unwrap().unwrap().status(), 504);
    assert_eq!(provider.simulator.ledger().charges, 0);
    provider.stop().await;
}
