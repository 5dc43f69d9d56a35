//! The provider's callbacks.

use contracts::{
    OrderId,
    event::{ChargeReport, ChargeStatus},
};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use streamward::{clock, unpack};

use crate::support::{Reply, SECRET, Shop};

fn now() -> u64 {
    clock::now_ms() / 1000
}

fn mac(secret: &str, timestamp: u64, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{timestamp}.{body}").as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

fn signed(secret: &str, timestamp: u64, body: &str) -> String {
    format!("t={timestamp},v1={}", mac(secret, timestamp, body))
}

async fn send(shop: &Shop, signature: Option<&str>, body: &str) -> Reply {
    let visitor = shop.visitor();
    let mut request = visitor.request("POST", "/v1/payments/webhook");
    if let Some(signature) = signature {
        request = request.header("stripe-signature", signature);
    }
    visitor.send(request, body.to_owned()).await
}

fn event(kind: &str) -> Value {
    let order = OrderId::new(0, 1_732_000_000_000, 7);
    json!({
        "id": "evt_1",
        "type": kind,
        "data": { "object": {
            "id": "pi_1", "amount_received": 3980, "currency": "eur",
            "metadata": { "order_id": order },
            "last_payment_error": {
                "code": "card_declined", "decline_code": "insufficient_funds", "message": "Declined.",
            },
        }},
    })
}

async fn inbox(shop: &Shop) -> Vec<ChargeReport> {
    let entries = shop.entries("payment:inbox").await;
    entries
        .iter()
        .map(|entry| unpack(entry.data()).unwrap())
        .collect()
}

#[tokio::test]
async fn a_signed_event_reaches_the_payment_service() {
    let shop = Shop::open().await;
    for kind in ["succeeded", "payment_failed", "canceled"] {
        let body = event(&format!("payment_intent.{kind}")).to_string();
        let reply = send(&shop, Some(&signed(SECRET, now(), &body)), &body)
            .await
            .expect(200);
        assert_eq!(reply.body(), json!({ "received": true }));
    }
    let [paid, failed, canceled] = <[_; 3]>::try_from(inbox(&shop).await).unwrap();
    assert_eq!(
        (paid.result, paid.amount.amount),
        (ChargeStatus::Succeeded, 3980)
    );
    assert_eq!(paid.amount.currency.as_str(), "EUR");
    assert_eq!(
        (paid.event_id.as_str(), paid.intent_id.as_str()),
        ("evt_1", "pi_1")
    );
    assert_eq!(paid.failure, None);
    assert_eq!(
        (failed.result, failed.amount.amount),
        (ChargeStatus::Failed, 0)
    );
    let failure = failed.failure.unwrap();
    assert_eq!(failure.code, "card_declined");
    assert!(failure.message.contains("insufficient_funds"));
    assert_eq!(canceled.result, ChargeStatus::Canceled);
}

#[tokio::test]
async fn each_fault_of_a_signature_has_its_own_problem() {
    let shop = Shop::open().await;
    let body = event("payment_intent.succeeded").to_string();
    let good = signed(SECRET, now(), &body);
    let digest = mac(SECRET, now(), &body);
    let cases = [
        (None, "signature-missing"),
        (Some(String::new()), "signature-malformed"),
        (Some("nonsense".to_owned()), "signature-malformed"),
        (Some(format!("v1={digest}")), "signature-malformed"),
        (Some(format!("t=soon,v1={digest}")), "signature-malformed"),
        (
            Some(signed(SECRET, now() - 301, &body)),
            "signature-expired",
        ),
        (
            Some(signed(SECRET, now() + 310, &body)),
            "signature-expired",
        ),
        (
            Some(format!("t=-9223372036854775808,v1={digest}")),
            "signature-expired",
        ),
        (
            Some(signed("whsec_other", now(), &body)),
            "signature-mismatch",
        ),
        (Some(format!("t={}", now())), "signature-mismatch"),
        (Some(format!("t={},v1=00", now())), "signature-mismatch"),
        (
            Some(format!("t={},v0={digest}", now())),
            "signature-mismatch",
        ),
        (Some(good.replace("v1=", "v1=zz")), "signature-mismatch"),
    ];
    for (signature, slug) in cases {
        send(&shop, signature.as_deref(), &body)
            .await
            .problem(400, slug);
    }
    let tampered = body.replace("3980", "1");
    send(&shop, Some(&good), &tampered)
        .await
        .problem(400, "signature-mismatch");
    assert!(inbox(&shop).await.is_empty());
}

#[tokio::test]
async fn one_good_signature_of_several_is_enough() {
    let shop = Shop::open().await;
    let body = event("payment_intent.succeeded").to_string();
    let (at, old) = (now(), mac("whsec_old", now(), &body));
    let both = format!("t={at},v1={old},v0=ignored,v1={}", mac(SECRET, at, &body));
    send(&shop, Some(&both), &body).await.expect(200);
    assert_eq!(inbox(&shop).await.len(), 1);
}

#[tokio::test]
async fn unused_event_types_are_accepted_and_dropped() {
    let shop = Shop::open().await;
    let mut foreign = event("payment_intent.succeeded");
    foreign["data"]["object"]["metadata"] = json!({});
    let mut elsewhere = event("payment_intent.succeeded");
    let id = OrderId::new(9, 1_732_000_000_000, 7);
    elsewhere["data"]["object"]["metadata"]["order_id"] = json!(id);
    for event in [
        foreign,
        elsewhere,
        event("charge.refunded"),
        json!({}),
        json!([]),
        json!(7),
    ] {
        let body = event.to_string();
        send(&shop, Some(&signed(SECRET, now(), &body)), &body)
            .await
            .expect(200);
    }
    assert!(inbox(&shop).await.is_empty());
}

#[tokio::test]
async fn an_event_that_cannot_be_stored_is_answered_503() {
    let mut shop = Shop::open().await;
    let body = event("payment_intent.succeeded").to_string();
    shop.redis.kill();
    let reply = send(&shop, Some(&signed(SECRET, now(), &body)), &body).await;
    reply.problem(503, "unavailable");
}
