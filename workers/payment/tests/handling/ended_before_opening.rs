//! An order may end while its intent is being opened: what was opened is undone. One that costs nothing
//! is nothing to the provider, however it ends.

use contracts::{
    Currency, Money, PaymentId,
    event::{OrderAwaitingPayment, OrderPaymentRequested, OrderRefundRequested, RefundReason},
};
use payment_worker::{Voided, gateway::IntentStatus};
use store::{
    Step,
    payment::{self, Recorded},
};
use streamward::{Outcome, clock};

use crate::desk::{AMOUNT, Desk, Diary};

const VISA: Option<&str> = Some("pm_card_visa");

/// Voids the order's payment before it is opened, then lets the handler open it.
async fn open_after_the_end(voided: Voided) -> (Vec<String>, String) {
    let diary = Diary::default();
    *diary.voided.lock().unwrap() = [voided].into();
    diary.stands(IntentStatus::Succeeded);
    let desk = Desk::with(diary, 4).await;

    let end = desk.awaiting(VISA, 60_000).await;
    let step = Step::new(&desk.runtime, &end, &desk.order).unwrap();
    assert_eq!(
        payment::void(step, None, None).await.unwrap(),
        Recorded::Recorded
    );

    let delivery = desk.awaiting(VISA, 60_000).await;
    assert_eq!(desk.handle(&delivery).await, Outcome::Settled);
    assert_eq!(desk.pending().await, 0, "the delivery is settled");
    (desk.diary.asked(), desk.payment().await.status)
}

#[tokio::test]
async fn an_intent_opened_for_an_order_that_has_ended_is_voided() {
    let (asked, status) = open_after_the_end(Voided::Voided).await;
    assert_eq!(asked, ["open", "charge 1 pm_card_visa", "void"]);
    assert_eq!(status, "voided");
}

#[tokio::test]
async fn one_that_was_charged_already_is_recorded_so_that_its_money_goes_back() {
    let (asked, status) = open_after_the_end(Voided::TooLate).await;
    assert_eq!(asked, ["open", "charge 1 pm_card_visa", "void", "look"]);
    assert_eq!(status, "succeeded");
}

#[tokio::test]
async fn one_that_is_being_charged_is_asked_about_until_its_money_can_go_back() {
    let desk = Desk::open().await;
    *desk.diary.voided.lock().unwrap() = [Voided::TooLate].into();
    let end = desk.awaiting(VISA, 60_000).await;
    let step = Step::new(&desk.runtime, &end, &desk.order).unwrap();
    payment::void(step, None, None).await.unwrap();
    let delivery = desk.awaiting(VISA, 60_000).await;
    assert_eq!(desk.handle(&delivery).await, Outcome::Settled);

    desk.diary.stands(IntentStatus::Succeeded);
    desk.is_due().await;
    assert_eq!(desk.told().await, ["PaymentProcessed"]);
}

#[tokio::test]
async fn an_order_known_to_have_ended_is_not_charged_after_a_crash() {
    let desk = Desk::open().await;
    let end = desk.awaiting(VISA, 60_000).await;
    let step = Step::new(&desk.runtime, &end, &desk.order).unwrap();
    payment::void(step, None, None).await.unwrap();
    let mut delivery = desk.awaiting(VISA, 60_000).await;
    delivery.receipt.deliveries = 2;
    assert_eq!(desk.handle(&delivery).await, Outcome::Settled);
    assert_eq!(desk.diary.asked(), ["open", "void"]);
}

#[tokio::test]
async fn a_charge_asked_for_before_anything_was_opened_ends_with_its_order() {
    let desk = Desk::open().await;
    let again = OrderPaymentRequested {
        order_id: desk.order.clone(),
        amount: AMOUNT,
        payment_method: "pm_card_visa".to_owned(),
        attempt: 2,
    };
    let delivery = desk.delivered(&desk.order, &again).await;
    let waiting = desk.handle(&delivery).await;
    assert!(matches!(waiting, Outcome::Retry { .. }), "{waiting:?}");

    let end = desk.awaiting(VISA, 60_000).await;
    let step = Step::new(&desk.runtime, &end, &desk.order).unwrap();
    payment::void(step, None, None).await.unwrap();
    assert_eq!(desk.handle(&delivery).await, Outcome::Done);
    assert!(desk.diary.asked().is_empty());
}

#[tokio::test]
async fn an_intent_voided_before_it_was_recorded_is_known_afterwards() {
    let desk = Desk::open().await;
    let end = desk.awaiting(VISA, 60_000).await;
    let step = Step::new(&desk.runtime, &end, &desk.order).unwrap();
    payment::void(step, None, None).await.unwrap();
    assert_eq!(desk.payment().await.intent, None);
    let delivery = desk.awaiting(VISA, 60_000).await;
    assert_eq!(desk.handle(&delivery).await, Outcome::Settled);
    assert_eq!(desk.payment().await.intent.as_deref(), Some("pi_1"));
}

#[tokio::test]
async fn an_order_whose_time_is_over_is_not_charged() {
    let desk = Desk::open().await;
    let delivery = desk.awaiting(VISA, -1).await;
    assert_eq!(desk.handle(&delivery).await, Outcome::Done);
    assert!(desk.diary.asked().is_empty());
}

#[tokio::test]
async fn one_that_may_have_been_charged_before_a_crash_is_found_at_the_provider() {
    let desk = Desk::open().await;
    let mut delivery = desk.awaiting(VISA, -1).await;
    delivery.receipt.deliveries = 2;
    assert_eq!(desk.handle(&delivery).await, Outcome::Settled);
    assert_eq!(desk.diary.asked(), ["open"], "and not charged now");
    let payment = desk.payment().await;
    assert_eq!(
        (payment.intent.as_deref(), payment.amount),
        (Some("pi_1"), AMOUNT.amount)
    );
    assert!(desk.timer().await.is_some());
}

#[tokio::test]
async fn an_order_that_costs_nothing_is_paid_and_paid_back_without_the_provider() {
    let desk = Desk::open().await;
    let awaiting = OrderAwaitingPayment {
        order_id: desk.order.clone(),
        amount: Money::new(0, Currency::EUR),
        payment_method: VISA.map(ToOwned::to_owned),
        pay_before: clock::now_ms() + 60_000,
    };
    let delivery = desk.delivered(&desk.order, &awaiting).await;
    assert_eq!(desk.handle(&delivery).await, Outcome::Settled);

    // Another card, sent before the order was known to be paid, has nothing to pay either.
    let again = OrderPaymentRequested {
        order_id: desk.order.clone(),
        amount: AMOUNT,
        payment_method: "pm_card_visa".to_owned(),
        attempt: 2,
    };
    let delivery = desk.delivered(&desk.order, &again).await;
    assert_eq!(desk.handle(&delivery).await, Outcome::Done);

    let refund = OrderRefundRequested {
        order_id: desk.order.clone(),
        payment_id: PaymentId::of(&desk.order),
        reason: RefundReason::Requested,
    };
    let delivery = desk.delivered(&desk.order, &refund).await;
    assert_eq!(desk.handle(&delivery).await, Outcome::Settled);
    let paid = desk.payment().await;
    assert_eq!((paid.status.as_str(), paid.refunded), ("refunded", 0));
    assert!(desk.diary.asked().is_empty());
    assert_eq!(desk.timer().await, None);
}
