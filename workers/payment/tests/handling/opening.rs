//! Opening a payment: an order that ends meanwhile has its intent voided, and a free order never
//! reaches the provider.

use contracts::{
    Currency, Money, PaymentId,
    event::{OrderAwaitingPayment, OrderRefundRequested, RefundReason},
};
use payment_worker::{VoidResponse, gateway::IntentStatus};
use streamward::{Outcome, clock};

use crate::{
    fake_gateway::AMOUNT,
    harness::{Harness, VISA},
};

/// Opens the payment of an order that has ended; returns the calls to the provider and the status.
async fn open_after_the_end(response: VoidResponse) -> (Vec<String>, String) {
    let harness = Harness::start().await;
    harness.gateway.respond_to_voids([response]);
    harness.gateway.set_status(IntentStatus::Succeeded);
    harness.void_payment().await;

    let delivery = harness.awaiting_payment(VISA, 60_000).await;
    assert_eq!(harness.handle(&delivery).await, Outcome::Settled);
    assert_eq!(
        harness.shop.pending("orders:awaiting-payment").await,
        0,
        "the delivery is settled"
    );
    (harness.gateway.calls(), harness.payment().await.status)
}

#[tokio::test]
async fn an_intent_opened_for_an_order_that_has_ended_is_voided() {
    let (calls, status) = open_after_the_end(VoidResponse::Voided).await;
    assert_eq!(calls, ["open", "charge 1 pm_card_visa", "void"]);
    assert_eq!(status, "voided");
}

#[tokio::test]
async fn a_charge_of_an_order_that_has_ended_is_recorded_for_its_refund() {
    let (calls, status) = open_after_the_end(VoidResponse::TooLate).await;
    assert_eq!(calls, ["open", "charge 1 pm_card_visa", "void", "look up"]);
    assert_eq!(status, "succeeded");
}

#[tokio::test]
async fn a_charge_in_progress_of_an_order_that_has_ended_is_polled_for_its_refund() {
    let harness = Harness::start().await;
    harness.gateway.respond_to_voids([VoidResponse::TooLate]);
    harness.void_payment().await;
    let delivery = harness.awaiting_payment(VISA, 60_000).await;
    assert_eq!(harness.handle(&delivery).await, Outcome::Settled);

    harness.gateway.set_status(IntentStatus::Succeeded);
    harness.poll().await;
    assert_eq!(harness.events().await, ["PaymentProcessed"]);
}

#[tokio::test]
async fn an_order_that_has_ended_is_not_charged_after_a_crash() {
    let harness = Harness::start().await;
    harness.void_payment().await;
    let mut delivery = harness.awaiting_payment(VISA, 60_000).await;
    delivery.receipt.deliveries = 2;
    assert_eq!(harness.handle(&delivery).await, Outcome::Settled);
    assert_eq!(harness.gateway.calls(), ["open", "void"]);
}

#[tokio::test]
async fn a_charge_requested_before_the_payment_is_open_waits_and_ends_with_its_order() {
    let harness = Harness::start().await;
    let delivery = harness.payment_requested("pm_card_visa", 2).await;
    let waiting = harness.handle(&delivery).await;
    assert!(matches!(waiting, Outcome::Retry { .. }), "{waiting:?}");

    harness.void_payment().await;
    assert_eq!(harness.handle(&delivery).await, Outcome::Done);
    assert!(harness.gateway.calls().is_empty());
}

#[tokio::test]
async fn an_intent_opened_after_the_end_is_recorded() {
    let harness = Harness::start().await;
    harness.void_payment().await;
    assert_eq!(harness.payment().await.intent, None);
    let delivery = harness.awaiting_payment(VISA, 60_000).await;
    assert_eq!(harness.handle(&delivery).await, Outcome::Settled);
    assert_eq!(harness.payment().await.intent.as_deref(), Some("pi_1"));
}

#[tokio::test]
async fn an_order_past_its_payment_timeout_is_not_charged() {
    let harness = Harness::start().await;
    let delivery = harness.awaiting_payment(VISA, -1).await;
    assert_eq!(harness.handle(&delivery).await, Outcome::Done);
    assert!(harness.gateway.calls().is_empty());
}

#[tokio::test]
async fn a_redelivered_order_past_its_timeout_has_its_intent_recorded() {
    let harness = Harness::start().await;
    let mut delivery = harness.awaiting_payment(VISA, -1).await;
    delivery.receipt.deliveries = 2;
    assert_eq!(harness.handle(&delivery).await, Outcome::Settled);
    assert_eq!(
        harness.gateway.calls(),
        ["open"],
        "the expired order is not charged"
    );
    let payment = harness.payment().await;
    assert_eq!(
        (payment.intent.as_deref(), payment.amount),
        (Some("pi_1"), AMOUNT.amount)
    );
    assert!(harness.poll_due_at().await.is_some());
}

#[tokio::test]
async fn a_free_order_is_paid_and_refunded_without_the_provider() {
    let harness = Harness::start().await;
    let awaiting = OrderAwaitingPayment {
        order_id: harness.order.clone(),
        amount: Money::new(0, Currency::EUR),
        payment_method: VISA.map(ToOwned::to_owned),
        pay_before: clock::now_ms() + 60_000,
    };
    let delivery = harness
        .shop
        .deliver("orders", harness.order.as_str(), &awaiting)
        .await;
    assert_eq!(harness.handle(&delivery).await, Outcome::Settled);

    // A charge requested before the order was confirmed has nothing to pay either.
    let delivery = harness.payment_requested("pm_card_visa", 2).await;
    assert_eq!(harness.handle(&delivery).await, Outcome::Done);

    let refund = OrderRefundRequested {
        order_id: harness.order.clone(),
        payment_id: PaymentId::of(&harness.order),
        reason: RefundReason::Requested,
    };
    let delivery = harness
        .shop
        .deliver("orders", harness.order.as_str(), &refund)
        .await;
    assert_eq!(harness.handle(&delivery).await, Outcome::Settled);
    let paid = harness.payment().await;
    assert_eq!((paid.status.as_str(), paid.refunded), ("refunded", 0));
    assert!(harness.gateway.calls().is_empty());
    assert_eq!(harness.poll_due_at().await, None);
}
