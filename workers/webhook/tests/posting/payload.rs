//! Subscriptions, and the body of a post.

use contracts::{
    EventSelection, EventType, Money,
    event::{
        CouponRefusal, Failure, OrderAwaitingPayment, OrderPaymentFailed, OrderRefunded,
        OrderRejected, RejectReason, Shortage,
    },
};
use serde_json::{Value, json};
use streamward::{Outcome, clock};
use testkit::{Merchant, new_order_id};
use webhook_worker::{MAX_BODY, OrderEvent, payload};

use crate::harness::{Harness, document, order_confirmed, order_placed};

const AT: &str = "2026-11-20T10:08:41.368Z";

fn body(event: OrderEvent) -> Value {
    let text = payload(&event, AT).unwrap();
    assert!(text.len() <= MAX_BODY, "{} bytes", text.len());
    serde_json::from_str(&text).unwrap()
}

fn eur(amount: i64) -> Value {
    json!({ "amount": amount, "currency": "EUR" })
}

#[tokio::test]
async fn a_webhook_receives_the_events_it_subscribes_to() {
    let (merchant, harness) = (Merchant::start("200 OK", "").await, Harness::start().await);
    let selection = EventSelection::Only(vec![EventType::OrderConfirmed]);
    harness.subscribe_to(merchant.url(), selection).await;
    let event = order_placed(1);
    let outcome = harness.publish(&event.order_id, &event).await;
    assert_eq!(outcome, Outcome::Done, "no webhook subscribes to it");
    harness.confirm_order().await;
    assert_eq!(harness.run_attempts().await, 1);
    let post: Value = serde_json::from_str(&merchant.requests()[0].body).unwrap();
    assert_eq!(post["type"], "order.confirmed");
}

#[tokio::test]
async fn a_shop_without_webhooks_writes_nothing() {
    let harness = Harness::start().await;
    let event = order_confirmed();
    let outcome = harness.publish(&event.order_id, &event).await;
    assert_eq!(outcome, Outcome::Done);
    assert_eq!(harness.run_attempts().await, 0);
}

#[test]
fn a_confirmed_order_is_sent_as_the_api_shows_it() {
    let event = order_confirmed();
    let id = event.order_id.clone();
    let expected = json!({
        "type": "order.confirmed",
        "timestamp": AT,
        "data": {
            "id": id,
            "status": "confirmed",
            "createdAt": clock::rfc3339(id.created_ms()),
            "updatedAt": AT,
            "items": [{
                "productId": "mug-01", "name": "Mug, \"Zoë's\"", "quantity": 2,
                "unitPrice": eur(1490), "lineTotal": eur(2980),
            }],
            "subtotal": eur(2980), "discount": eur(298), "total": eur(2682),
            "coupon": "WELCOME10",
            "payment": { "id": format!("pay_{id}"), "status": "succeeded" },
        },
    });
    assert_eq!(body(OrderEvent::Confirmed(event)), expected);
}

#[test]
fn the_customer_is_not_disclosed() {
    let text = body(OrderEvent::Placed(order_placed(3))).to_string();
    assert!(
        !text.contains("ada@example.com") && !text.contains("Ada"),
        "{text}"
    );
}

#[test]
fn every_event_holds_its_details() {
    let order_id = new_order_id();
    let waiting = body(OrderEvent::AwaitingPayment(OrderAwaitingPayment {
        order_id: order_id.clone(),
        amount: Money::new(2682, contracts::Currency::EUR),
        payment_method: Some("pm_card_visa".to_owned()),
        pay_before: 1_795_170_221_370,
    }));
    assert_eq!(waiting["type"], "order.awaiting_payment");
    assert_eq!(waiting["data"]["total"], eur(2682));
    assert_eq!(
        waiting["data"]["payBefore"],
        clock::rfc3339(1_795_170_221_370)
    );
    assert!(!waiting.to_string().contains("pm_card"), "{waiting}");

    let rejected = body(OrderEvent::Rejected(OrderRejected {
        order_id: order_id.clone(),
        reason: RejectReason::OutOfStock,
        shortages: vec![Shortage {
            product_id: "mug-01".parse().unwrap(),
            requested: 4,
            available: 3,
        }],
        coupon_refusal: Some(CouponRefusal::Expired),
        order: document(1),
    }));
    assert_eq!(rejected["data"]["status"], "rejected");
    assert_eq!(rejected["data"]["reason"], "outOfStock");
    assert_eq!(rejected["data"]["shortages"][0]["available"], 3);
    assert_eq!(rejected["data"]["couponRefusal"], "expired");

    let failed = body(OrderEvent::PaymentFailed(OrderPaymentFailed {
        order_id: order_id.clone(),
        failure: Failure {
            code: "card_declined".to_owned(),
            message: "No.".to_owned(),
        },
        pay_url: Some("https://pay.test/pi_1".to_owned()),
        order: document(1),
    }));
    assert_eq!(failed["type"], "payment.failed");
    assert_eq!(
        failed["data"]["payment"]["failure"]["code"],
        "card_declined"
    );
    assert_eq!(failed["data"]["status"], "awaitingPayment");

    let refunded = body(OrderEvent::Refunded(OrderRefunded {
        payment_id: contracts::PaymentId::of(&order_id),
        order_id,
        amount: Money::new(2682, contracts::Currency::EUR),
        order: document(1),
    }));
    assert_eq!(refunded["data"]["payment"]["amount"], eur(2682));
}

#[test]
fn a_body_that_is_too_large_is_sent_without_its_lists_as_truncated() {
    let small = body(OrderEvent::Placed(order_placed(50)));
    assert_eq!(small["data"]["items"].as_array().unwrap().len(), 50);
    assert!(small["data"].get("truncated").is_none());
    let mut event = order_placed(100);
    for line in &mut event.order.items {
        line.name = "x".repeat(200);
    }
    let large = body(OrderEvent::Placed(event));
    assert_eq!(large["data"]["truncated"], true);
    assert!(large["data"].get("items").is_none());
    assert_eq!(large["data"]["total"], eur(2682));
}
