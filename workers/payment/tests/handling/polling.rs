//! Payments without a callback are polled: the provider's state is recorded, unanswered charges are
//! retried under the same key, charges in progress are polled again.

use contracts::event::{CancelReason, OrderCancelled};
use payment_worker::{
    VoidResponse,
    gateway::{ChargeResponse, FailedCharge, IntentStatus},
};
use streamward::{Outcome, clock};
use testkit::{eventually, order_document};
use tokio::sync::Semaphore;

use crate::{
    fake_gateway::{AMOUNT, FakeGateway, declined, unavailable},
    harness::{Harness, VISA},
};

/// Cancels the order.
async fn cancel(harness: &Harness) -> Outcome {
    let event = OrderCancelled {
        order_id: harness.order.clone(),
        reason: CancelReason::ByCustomer,
        order: order_document(),
    };
    let delivery = harness
        .shop
        .deliver("orders", harness.order.as_str(), &event)
        .await;
    harness.handle(&delivery).await
}

#[tokio::test]
async fn a_captured_charge_is_recorded_although_its_callback_is_lost() {
    let harness = Harness::start().await;
    harness.open_payment(VISA).await;
    harness.gateway.set_status(IntentStatus::Succeeded);
    harness.poll().await;
    assert_eq!(harness.gateway.take_calls(), ["look up"]);
    let payment = harness.payment().await;
    assert_eq!(
        (payment.status.as_str(), payment.captured),
        ("succeeded", AMOUNT.amount)
    );
    assert_eq!(harness.events().await, ["PaymentProcessed"]);
    assert_eq!(harness.poll_due_at().await, None);
}

#[tokio::test]
async fn a_charge_in_progress_is_polled_at_growing_intervals() {
    let harness = Harness::start().await;
    harness.open_payment(VISA).await;
    let mut pauses = Vec::new();
    for _ in 0..4 {
        harness.poll().await;
        let due = harness.poll_due_at().await.unwrap();
        pauses.push(due.saturating_sub(clock::now_ms()));
    }
    assert!(
        pauses
            .windows(2)
            .all(|pair| pair[1] > pair[0] + pair[0] / 5),
        "{pauses:?}"
    );
    assert!(harness.events().await.is_empty());
    assert_eq!(harness.shop.pending("orders:cancelled").await, 0);
}

#[tokio::test]
async fn an_unanswered_charge_is_retried_under_the_same_number() {
    let harness = Harness::start().await;
    let responses = [Err(unavailable()), Err(unavailable())];
    harness.gateway.charges().extend(responses);
    let delivery = harness.awaiting_payment(VISA, 60_000).await;
    assert_eq!(harness.handle(&delivery).await, Outcome::Settled);
    harness.gateway.take_calls();

    harness.gateway.set_status(IntentStatus::Unpaid);
    for still_unanswered in [true, false] {
        harness.poll().await;
        let calls = harness.gateway.take_calls();
        assert_eq!(calls, ["look up", "charge 1 pm_card_visa"]);
        let payment = harness.payment().await;
        assert_eq!(payment.unanswered.is_some(), still_unanswered);
    }
    harness.poll().await;
    assert_eq!(
        harness.gateway.take_calls(),
        ["look up"],
        "the charge was answered"
    );
}

#[tokio::test]
async fn a_declined_charge_is_reported_once_although_its_callback_is_lost() {
    let harness = Harness::start().await;
    harness.open_payment(VISA).await;
    harness.gateway.set_status(IntentStatus::Unpaid);
    harness.gateway.set_failed_charge(FailedCharge {
        id: "ch_1".to_owned(),
        failure: declined(),
    });
    for _ in 0..3 {
        harness.poll().await;
    }
    assert_eq!(harness.events().await, ["PaymentProcessed"]);
    assert_eq!(harness.payment().await.status, "failed");
    assert!(
        harness.poll_due_at().await.is_some(),
        "the customer may still pay on the page"
    );
}

#[tokio::test]
async fn a_refused_method_is_reported_as_a_failed_charge() {
    let harness = Harness::start().await;
    harness.open_payment(None).await;
    let refused = Ok(ChargeResponse::Refused(declined()));
    harness.gateway.charges().push_back(refused);
    assert_eq!(harness.request_charge("pm_none", 2).await, Outcome::Settled);
    assert_eq!(
        harness.events().await,
        ["PaymentOpened", "PaymentProcessed"]
    );
    let payment = harness.payment().await;
    assert_eq!(payment.status, "failed");
    assert!(payment.failures.contains("pi_1-refused-2"));
}

#[tokio::test]
async fn a_retried_charge_that_is_refused_is_reported_once_and_polling_continues() {
    let harness = Harness::start().await;
    let responses = [Err(unavailable()), Ok(ChargeResponse::Refused(declined()))];
    harness.gateway.charges().extend(responses);
    let delivery = harness.awaiting_payment(VISA, 60_000).await;
    assert_eq!(harness.handle(&delivery).await, Outcome::Settled);
    harness.gateway.set_status(IntentStatus::Unpaid);
    harness.poll().await;
    harness.gateway.take_calls();
    for _ in 0..3 {
        harness.poll().await;
        assert_eq!(
            harness.gateway.take_calls(),
            ["look up"],
            "nothing is charged"
        );
        let payment = harness.payment().await;
        assert_eq!(
            (payment.status.as_str(), payment.unanswered),
            ("failed", None)
        );
        assert!(
            harness.poll_due_at().await.is_some(),
            "the customer may pay on the page"
        );
    }
    assert_eq!(harness.events().await, ["PaymentProcessed"]);
}

#[tokio::test]
async fn a_poll_keeps_an_unanswered_charge_that_was_recorded_meanwhile() {
    let mut gateway = FakeGateway::default();
    gateway.look_up_gate = Some(Semaphore::new(0));
    let harness = Harness::with(gateway, 4).await;
    harness.open_payment(None).await;
    harness.gateway.set_status(IntentStatus::Unpaid);
    let meanwhile = async {
        eventually("the provider is polled", || async {
            (harness.gateway.calls() == ["look up"]).then_some(())
        })
        .await;
        harness.gateway.charges().push_back(Err(unavailable()));
        assert_eq!(
            harness.request_charge("pm_card_slow", 2).await,
            Outcome::Settled
        );
        harness
            .gateway
            .look_up_gate
            .as_ref()
            .unwrap()
            .add_permits(1);
    };
    tokio::join!(harness.poll(), meanwhile);
    let left = harness.payment().await.unanswered.unwrap();
    assert_eq!((left.attempt, left.method.as_str()), (2, "pm_card_slow"));
    assert!(harness.poll_due_at().await.is_some(), "a poll is scheduled");
}

#[tokio::test]
async fn an_unanswered_second_charge_is_retried_too() {
    let harness = Harness::start().await;
    harness.open_payment(None).await;
    harness.gateway.charges().push_back(Err(unavailable()));
    assert_eq!(
        harness.request_charge("pm_other", 2).await,
        Outcome::Settled
    );
    harness.gateway.set_status(IntentStatus::Unpaid);
    harness.poll().await;
    let calls = harness.gateway.calls();
    assert_eq!(calls, ["charge 2 pm_other", "look up", "charge 2 pm_other"]);
}

#[tokio::test]
async fn a_charge_in_progress_when_its_order_ends_is_polled_to_its_end() {
    let harness = Harness::start().await;
    harness.open_payment(VISA).await;
    harness.gateway.respond_to_voids([VoidResponse::TooLate]);
    assert_eq!(cancel(&harness).await, Outcome::Settled);
    assert_eq!(harness.payment().await.status, "voided");
    harness.poll().await;
    assert_eq!(harness.payment().await.status, "voided");

    harness.gateway.set_status(IntentStatus::Succeeded);
    harness.poll().await;
    assert_eq!(
        harness.events().await,
        ["PaymentProcessed"],
        "the charge is recorded, to be refunded"
    );
    assert_eq!(harness.poll_due_at().await, None);
}

#[tokio::test]
async fn the_intent_is_voided_when_a_charge_in_progress_at_the_end_fails() {
    let harness = Harness::start().await;
    harness.open_payment(VISA).await;
    harness
        .gateway
        .respond_to_voids([VoidResponse::TooLate, VoidResponse::Voided]);
    cancel(&harness).await;
    harness.gateway.take_calls();
    harness.gateway.set_status(IntentStatus::Unpaid);
    harness.poll().await;
    assert_eq!(harness.gateway.take_calls(), ["look up", "void"]);
    assert_eq!(harness.poll_due_at().await, None);
    assert!(harness.events().await.is_empty());
}
