//! A 500 with an unknown outcome, which idempotency keys resolve; an answer after its client's timeout.

use std::time::Duration;

use payments_sim::{Delay, Faults};

use crate::support::{Provider, eventually, reply};

/// Opens an intent and charges it.
const CHARGE: [(&str, &str); 4] = [
    ("amount", "1000"),
    ("currency", "eur"),
    ("payment_method", "pm_card_visa"),
    ("confirm", "true"),
];

#[tokio::test]
async fn a_retry_with_the_same_key_reveals_the_outcome_of_a_500() {
    let provider = Provider::start().await;
    provider.simulator.set_faults(Faults {
        error500: 1.0,
        ..Faults::default()
    });
    let keys: Vec<String> = (0..40).map(|number| format!("order-{number}")).collect();
    let request = |key: &str| {
        provider
            .post("/v1/payment_intents", &CHARGE)
            .header("idempotency-key", key.to_owned())
    };
    for key in &keys {
        reply(request(key))
            .await
            .assert_error(500, "api_error", None);
    }
    let charged = provider.simulator.ledger().charges;
    assert!(
        (1..40).contains(&charged),
        "{charged} of 40 were carried out"
    );

    provider.simulator.set_faults(Faults::default());
    let mut replayed = 0;
    for key in &keys {
        let answer = reply(request(key)).await;
        assert_eq!(answer.body["status"], "succeeded");
        replayed += u64::from(answer.replayed);
    }
    assert_eq!(replayed, charged);
    assert_eq!(provider.simulator.ledger().charges, 40);
}

#[tokio::test]
async fn a_late_charge_is_made_although_its_client_hung_up() {
    let provider = Provider::start().await;
    provider.simulator.set_faults(Faults {
        answer_ms: Delay { min: 200, max: 200 },
        ..Faults::default()
    });
    let request = provider.post("/v1/payment_intents", &CHARGE);
    let request = request.timeout(Duration::from_millis(20)).send().await;
    assert!(request.unwrap_err().is_timeout());
    eventually(async || provider.simulator.ledger().charges == 1).await;
}
