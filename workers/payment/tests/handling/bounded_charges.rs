//! Charges that wait for their answer take a bounded number of places; a charge without a place is left to
//! the next question instead of keeping a worker.

use contracts::{OrderId, event::OrderAwaitingPayment};
use store::payment;
use streamward::{Outcome, clock};
use testkit::eventually;
use tokio::sync::Semaphore;

use crate::desk::{AMOUNT, Desk, Diary};

#[tokio::test]
async fn who_finds_no_place_leaves_the_charge_for_later() {
    let diary = Diary {
        gate: Some(Semaphore::new(0)),
        ..Diary::default()
    };
    let desk = Desk::with(diary, 1).await;
    let slow = desk.awaiting(Some("pm_slow"), 60_000).await;
    let meanwhile = async {
        eventually("the first charge waits", || async {
            let asked = desk.diary.asked();
            asked.contains(&"charge 1 pm_slow".to_owned()).then_some(())
        })
        .await;
        let awaiting = OrderAwaitingPayment {
            order_id: OrderId::new(0, clock::now_ms(), 8),
            amount: AMOUNT,
            payment_method: Some("pm_card_visa".to_owned()),
            pay_before: clock::now_ms() + 60_000,
        };
        let other = awaiting.order_id.clone();
        let delivery = desk.delivered(&other, &awaiting).await;
        assert_eq!(desk.handle(&delivery).await, Outcome::Settled);
        let found = payment::find(&desk.runtime, &other).await.unwrap().unwrap();
        let left = found.unanswered.unwrap();
        assert_eq!((left.attempt, left.method.as_str()), (1, "pm_card_visa"));
        let charges = desk.diary.asked();
        assert!(!charges.contains(&"charge 1 pm_card_visa".to_owned()));
        desk.diary.gate.as_ref().unwrap().add_permits(1);
    };
    let (waited, ()) = tokio::join!(desk.handle(&slow), meanwhile);
    assert_eq!(waited, Outcome::Settled);
    assert_eq!(desk.payment().await.unanswered, None);
}
