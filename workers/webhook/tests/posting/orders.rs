//! Who hears of what, and what the body says of an order.

use contracts::{
    EventSelection, EventType, Money,
    event::{
        CouponRefusal, Failure, OrderAwaitingPayment, OrderPaymentFailed, OrderRefunded,
        OrderRejected, RejectReason, Shortage,
    },
};
use serde_json::{Value, json};
use streamward::{Outcome, clock};
use testkit::Merchant;
use webhook_worker::{LARGEST, OrderEvent, payload};

use crate::counter::{Counter, confirmed, doc, new_order, placed};

const AT: &str = "2026-11-20T10:08:41.368Z";

fn body(news: OrderEvent) -> Value {
    let text = payload(&news, AT).unwrap();
    assert!(text.len() <= LARGEST, "{} bytes", text.len());
    serde_json::from_str(&text).unwrap()
}

fn eur(amount: i64) -> Value {
    json!({ "amount": amount, "currency": "EUR" })
}

#[tokio::test]
async fn a_webhook_hears_of_what_it_asked_for() {
    let (merchant, counter) = (Merchant::start("200 OK", "").await, Counter::open().await);
    let topics = EventSelection::Only(vec![EventType::OrderConfirmed]);
    counter.subscribe_to(merchant.url(), topics).await;
    let event = placed(1);
    let outcome = counter.hears(&event.order_id, &event).await;
    assert_eq!(outcome, Outcome::Done, "nobody wants it");
    counter.confirmed().await;
    assert_eq!(counter.work().await, 1);
    let post: Value = serde_json::from_str(&merchant.posts()[0].body).unwrap();
    assert_eq!(post["type"], "order.confirmed");
}

#[tokio::test]
async fn a_shop_without_webhooks_writes_nothing() {
    let counter = Counter::open().await;
    let event = confirmed();
    let outcome = counter.hears(&event.order_id, &event).await;
    assert_eq!(outcome, Outcome::Done);
    assert_eq!(counter.work().await, 0);
}

#[test]
fn a_confirmed_order_is_told_as_the_api_shows_it() {
    let event = confirmed();
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
fn nobody_is_told_who_the_customer_is() {
    let text = body(OrderEvent::Placed(placed(3))).to_string();
    assert!(
        !text.contains("ada@example.com") && !text.contains("Ada"),
        "{text}"
    );
}

#[test]
fn every_event_says_what_is_special_about_it() {
    let order_id = new_order();
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
        order: doc(1),
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
        order: doc(1),
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
        order: doc(1),
    }));
    assert_eq!(refunded["data"]["payment"]["amount"], eur(2682));
}

#[test]
fn a_body_that_is_too_large_loses_its_lists_and_says_so() {
    let small = body(OrderEvent::Placed(placed(50)));
    assert_eq!(small["data"]["items"].as_array().unwrap().len(), 50);
    assert!(small["data"].get("truncated").is_none());
    let mut event = placed(100);
    for line in &mut event.order.items {
        line.name = "x".repeat(200);
    }
    let large = body(OrderEvent::Placed(event));
    assert_eq!(large["data"]["truncated"], true);
    assert!(large["data"].get("items").is_none());
    assert_eq!(large["data"]["total"], eur(2682));
}
