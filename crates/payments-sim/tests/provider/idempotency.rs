//! Idempotency keys: the same parameters replay the response; others are rejected.

use crate::support::{Provider, Reply};

const PATH: &str = "/v1/payment_intents";
const FORM: [(&str, &str); 4] = [
    ("amount", "1000"),
    ("currency", "eur"),
    ("payment_method", "pm_card_visa"),
    ("confirm", "true"),
];

async fn keyed(provider: &Provider, key: &str, path: &str, form: &[(&str, &str)]) -> Reply {
    let request = provider.post(path, form).header("Idempotency-Key", key);
    crate::support::reply(request).await
}

#[tokio::test]
async fn a_repeated_request_is_replayed_byte_for_byte() {
    let provider = Provider::start().await;
    let first = keyed(&provider, "order-7", PATH, &FORM).await;
    assert!(!first.replayed);
    provider
        .send("/v1/refunds", &[("payment_intent", &first.id())])
        .await;
    // Quoted as the IETF draft has it, and in another order.
    let mut turned = FORM;
    turned.reverse();
    let second = keyed(&provider, "\"order-7\"", PATH, &turned).await;
    assert!(second.replayed);
    assert_eq!((second.status, second.text), (first.status, first.text));
    assert_eq!(provider.ledger().await["charges"], 1);
}

#[tokio::test]
async fn other_parameters_or_another_path_are_rejected() {
    let provider = Provider::start().await;
    let id = keyed(&provider, "k", PATH, &FORM).await.id();
    let other = [("amount", "1001"), ("currency", "eur")];
    keyed(&provider, "k", PATH, &other)
        .await
        .assert_error(400, "idempotency_error", None);
    let elsewhere = keyed(&provider, "k", "/v1/refunds", &[("payment_intent", &id)]).await;
    elsewhere.assert_error(400, "idempotency_error", None);
}

#[tokio::test]
async fn a_decline_is_kept_and_an_invalid_parameter_is_not() {
    let provider = Provider::start().await;
    let declined = [
        FORM[0],
        FORM[1],
        ("payment_method", "pm_card_declined"),
        FORM[3],
    ];
    let first = keyed(&provider, "a", PATH, &declined).await;
    let second = keyed(&provider, "a", PATH, &declined).await;
    assert!(second.replayed);
    assert_eq!((second.status, second.text), (first.status, first.text));

    let wrong = keyed(&provider, "b", PATH, &[("amount", "x")]).await;
    assert_eq!(wrong.status, 400);
    let right = keyed(&provider, "b", PATH, &FORM).await;
    assert_eq!((right.status.as_u16(), right.replayed), (200, false));
}
