//! A payment of which nothing is heard is asked about: what the provider says is recorded, what it did
//! not answer is charged again under the same key, and what is under way is waited for.

use contracts::event::{CancelReason, OrderCancelled, OrderPaymentRequested};
use contracts::{Contact, Currency, CustomerId, OrderDocument};
use payment_worker::{
    Voided,
    gateway::{Charged, FailedCharge, IntentStatus},
};
use streamward::{Outcome, clock};
use testkit::eventually;
use tokio::sync::Semaphore;

use crate::desk::{AMOUNT, Desk, Diary, declined, silence};

const VISA: Option<&str> = Some("pm_card_visa");

fn cancelled(desk: &Desk) -> OrderCancelled {
    OrderCancelled {
        order_id: desk.order.clone(),
        reason: CancelReason::ByCustomer,
        order: OrderDocument {
            customer_id: CustomerId::new(clock::now_ms(), 7),
            contact: Contact {
                name: "Ada".to_owned(),
                email: "ada@example.com".to_owned(),
                phone: None,
            },
            items: Vec::new(),
            currency: Currency::EUR,
            coupon: None,
            subtotal: AMOUNT.amount,
            discount: 0,
        },
    }
}

async fn pays_again(desk: &Desk, method: &str, attempt: u32) -> Outcome {
    let wish = OrderPaymentRequested {
        order_id: desk.order.clone(),
        amount: AMOUNT,
        payment_method: method.to_owned(),
        attempt,
    };
    let delivery = desk.delivered(&desk.order, &wish).await;
    desk.handle(&delivery).await
}

#[tokio::test]
async fn a_charge_whose_callback_is_lost_is_found_captured() {
    let desk = Desk::open().await;
    desk.opened(VISA).await;
    desk.diary.stands(IntentStatus::Succeeded);
    desk.is_due().await;
    assert_eq!(desk.diary.asked_since(), ["look"]);
    let payment = desk.payment().await;
    assert_eq!(
        (payment.status.as_str(), payment.captured),
        ("succeeded", AMOUNT.amount)
    );
    assert_eq!(desk.told().await, ["PaymentProcessed"]);
    assert_eq!(desk.timer().await, None);
}

#[tokio::test]
async fn a_charge_that_is_under_way_is_asked_about_again_and_later_each_time() {
    let desk = Desk::open().await;
    desk.opened(VISA).await;
    let mut pauses = Vec::new();
    for _ in 0..4 {
        desk.is_due().await;
        let due = desk.timer().await.unwrap();
        pauses.push(due.saturating_sub(clock::now_ms()));
    }
    assert!(
        pauses
            .windows(2)
            .all(|pair| pair[1] > pair[0] + pair[0] / 5),
        "{pauses:?}"
    );
    assert!(desk.told().await.is_empty());
    assert_eq!(desk.pending().await, 0);
}

#[tokio::test]
async fn a_charge_that_was_not_answered_is_made_again_under_the_same_number() {
    let desk = Desk::open().await;
    let row = [Err(silence()), Err(silence())];
    desk.diary.charges.lock().unwrap().extend(row);
    let delivery = desk.awaiting(VISA, 60_000).await;
    assert_eq!(desk.handle(&delivery).await, Outcome::Settled);
    desk.diary.asked_since();

    desk.diary.stands(IntentStatus::Unpaid);
    for still_unanswered in [true, false] {
        desk.is_due().await;
        let asked = desk.diary.asked_since();
        assert_eq!(asked, ["look", "charge 1 pm_card_visa"]);
        let payment = desk.payment().await;
        assert_eq!(payment.unanswered.is_some(), still_unanswered);
    }
    desk.is_due().await;
    assert_eq!(desk.diary.asked_since(), ["look"], "it was answered");
}

#[tokio::test]
async fn a_decline_whose_callback_is_lost_is_told_once() {
    let desk = Desk::open().await;
    desk.opened(VISA).await;
    desk.diary.stands(IntentStatus::Unpaid);
    *desk.diary.failed.lock().unwrap() = Some(FailedCharge {
        id: "ch_1".to_owned(),
        failure: declined(),
    });
    for _ in 0..3 {
        desk.is_due().await;
    }
    assert_eq!(desk.told().await, ["PaymentProcessed"]);
    assert_eq!(desk.payment().await.status, "failed");
    assert!(
        desk.timer().await.is_some(),
        "the customer may still pay on the page"
    );
}

#[tokio::test]
async fn a_method_that_is_not_taken_is_told_as_a_failure() {
    let desk = Desk::open().await;
    desk.opened(None).await;
    let refused = Ok(Charged::Refused(declined()));
    desk.diary.charges.lock().unwrap().push_back(refused);
    assert_eq!(pays_again(&desk, "pm_none", 2).await, Outcome::Settled);
    assert_eq!(desk.told().await, ["PaymentOpened", "PaymentProcessed"]);
    let payment = desk.payment().await;
    assert_eq!(payment.status, "failed");
    assert!(payment.failures.contains("pi_1-refused-2"));
}

#[tokio::test]
async fn a_charge_that_is_refused_when_it_is_made_again_is_told_once_and_the_payment_still_asked_about()
 {
    let desk = Desk::open().await;
    let row = [Err(silence()), Ok(Charged::Refused(declined()))];
    desk.diary.charges.lock().unwrap().extend(row);
    let delivery = desk.awaiting(VISA, 60_000).await;
    assert_eq!(desk.handle(&delivery).await, Outcome::Settled);
    desk.diary.stands(IntentStatus::Unpaid);
    desk.is_due().await;
    desk.diary.asked_since();
    for _ in 0..3 {
        desk.is_due().await;
        assert_eq!(desk.diary.asked_since(), ["look"], "nothing is charged");
        let payment = desk.payment().await;
        assert_eq!(
            (payment.status.as_str(), payment.unanswered),
            ("failed", None)
        );
        assert!(
            desk.timer().await.is_some(),
            "the customer may pay on the page"
        );
    }
    assert_eq!(desk.told().await, ["PaymentProcessed"]);
}

#[tokio::test]
async fn a_question_forgets_no_charge_that_was_noted_while_it_was_asked() {
    let diary = Diary {
        curtain: Some(Semaphore::new(0)),
        ..Diary::default()
    };
    let desk = Desk::with(diary, 4).await;
    desk.opened(None).await;
    desk.diary.stands(IntentStatus::Unpaid);
    let meanwhile = async {
        eventually("the provider is asked", || async {
            (desk.diary.asked() == ["look"]).then_some(())
        })
        .await;
        desk.diary.charges.lock().unwrap().push_back(Err(silence()));
        assert_eq!(pays_again(&desk, "pm_card_slow", 2).await, Outcome::Settled);
        desk.diary.curtain.as_ref().unwrap().add_permits(1);
    };
    tokio::join!(desk.is_due(), meanwhile);
    let left = desk.payment().await.unanswered.unwrap();
    assert_eq!((left.attempt, left.method.as_str()), (2, "pm_card_slow"));
    assert!(desk.timer().await.is_some(), "somebody asks about it");
}

#[tokio::test]
async fn another_charge_that_is_not_answered_is_made_again_as_well() {
    let desk = Desk::open().await;
    desk.opened(None).await;
    desk.diary.charges.lock().unwrap().push_back(Err(silence()));
    assert_eq!(pays_again(&desk, "pm_other", 2).await, Outcome::Settled);
    desk.diary.stands(IntentStatus::Unpaid);
    desk.is_due().await;
    let asked = desk.diary.asked();
    assert_eq!(asked, ["charge 2 pm_other", "look", "charge 2 pm_other"]);
}

#[tokio::test]
async fn a_charge_under_way_when_its_order_ends_is_followed_to_its_end() {
    let desk = Desk::open().await;
    desk.opened(VISA).await;
    *desk.diary.voided.lock().unwrap() = [Voided::TooLate].into();
    let delivery = desk.delivered(&desk.order, &cancelled(&desk)).await;
    assert_eq!(desk.handle(&delivery).await, Outcome::Settled);
    assert_eq!(desk.payment().await.status, "voided");
    desk.is_due().await;
    assert_eq!(desk.payment().await.status, "voided");

    desk.diary.stands(IntentStatus::Succeeded);
    desk.is_due().await;
    assert_eq!(desk.told().await, ["PaymentProcessed"], "so it goes back");
    assert_eq!(desk.timer().await, None);
}

#[tokio::test]
async fn when_such_a_charge_fails_its_intent_is_voided_after_all() {
    let desk = Desk::open().await;
    desk.opened(VISA).await;
    *desk.diary.voided.lock().unwrap() = [Voided::TooLate, Voided::Voided].into();
    let delivery = desk.delivered(&desk.order, &cancelled(&desk)).await;
    desk.handle(&delivery).await;
    desk.diary.asked_since();
    desk.diary.stands(IntentStatus::Unpaid);
    desk.is_due().await;
    assert_eq!(desk.diary.asked_since(), ["look", "void"]);
    assert_eq!(desk.timer().await, None);
    assert!(desk.told().await.is_empty());
}
