//! Invalid parameters are rejected, and the error names the parameter.

use crate::support::Provider;

const INTENTS: &str = "/v1/payment_intents";

/// A form, the error's code, and the parameter in the error.
type Case<'a> = (&'a [(&'a str, &'a str)], &'a str, &'a str);

#[tokio::test]
async fn each_invalid_parameter_is_named() {
    let provider = Provider::start().await;
    let eur = ("currency", "eur");
    let one = ("amount", "1");
    let cases: &[Case<'_>] = &[
        (&[eur], "parameter_missing", "amount"),
        (&[one], "parameter_missing", "currency"),
        (
            &[("amount", "1.5"), eur],
            "parameter_invalid_integer",
            "amount",
        ),
        (
            &[("amount", "0"), eur],
            "parameter_invalid_integer",
            "amount",
        ),
        (
            &[("amount", "-5"), eur],
            "parameter_invalid_integer",
            "amount",
        ),
        (
            &[("amount", "9007199254740992"), eur],
            "amount_too_large",
            "amount",
        ),
        (
            &[one, ("currency", "EUR")],
            "parameter_invalid_string",
            "currency",
        ),
        (
            &[one, ("currency", "euro")],
            "parameter_invalid_string",
            "currency",
        ),
        (
            &[one, eur, ("payment_method", "pm_x")],
            "resource_missing",
            "payment_method",
        ),
        (
            &[one, eur, ("confirm", "true")],
            "parameter_missing",
            "payment_method",
        ),
        (
            &[one, eur, ("confirm", "yes")],
            "parameter_invalid_boolean",
            "confirm",
        ),
        (
            &[one, eur, ("return_url", "javascript:x")],
            "url_invalid",
            "return_url",
        ),
        (
            &[one, eur, ("capture_method", "manual")],
            "parameter_invalid_string",
            "capture_method",
        ),
    ];
    for (form, code, param) in cases {
        let refused = provider.send(INTENTS, form).await;
        refused.assert_error(400, "invalid_request_error", Some(code));
        assert_eq!(refused.body["error"]["param"], *param, "{form:?}");
    }
}

#[tokio::test]
async fn unknown_objects_are_reported_as_missing() {
    let provider = Provider::start().await;
    let none = "pi_01J8ZZZZZZZZZZZZZZZZZZZZZZ";
    for path in [
        format!("{INTENTS}/{none}"),
        format!("{INTENTS}/nonsense"),
        "/v1/refunds/re_x".to_owned(),
        "/v1/events/evt_x".to_owned(),
        "/v1/checkout/sessions/cs_x".to_owned(),
    ] {
        let missing = provider.get(&path).await;
        missing.assert_error(404, "invalid_request_error", Some("resource_missing"));
    }
    let refund = provider
        .send("/v1/refunds", &[("payment_intent", none)])
        .await;
    refund.assert_error(400, "invalid_request_error", Some("resource_missing"));
    provider
        .get("/v1/nothing")
        .await
        .assert_error(404, "invalid_request_error", None);
    provider
        .get("/v1/checkout/sessions/cs_x/expire")
        .await
        .assert_error(404, "invalid_request_error", None);
    let paid = provider.paid().await;
    let wrong = [("payment_intent", paid.as_str()), ("reason", "because")];
    assert_eq!(
        provider.send("/v1/refunds", &wrong).await.body["error"]["param"],
        "reason"
    );
    let large = "x".repeat(70_000);
    let refused = provider.send(INTENTS, &[("amount", &large)]).await;
    refused.assert_error(413, "invalid_request_error", None);
}
