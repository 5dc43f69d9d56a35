//! Charges that wait for their answer take a bounded number of places; a charge without a place is left to
//! the next question instead of keeping a worker.

use std::sync::Arc;

use streamward::Outcome;
use testkit::eventually;
use tokio::sync::Semaphore;

use crate::desk::{Desk, Diary};

#[tokio::test]
async fn who_finds_no_place_leaves_the_charge_for_later() {
    let diary = Diary {
        gate: Some(Semaphore::new(0)),
        ..Diary::default()
    };
    let mut desk = Desk::with(diary, 1).await;
    let slow = desk.awaiting(Some("pm_slow"), 60_000).await;
    let waiting = {
        let (handler, delivery) = (Arc::clone(&desk.handler), slow.clone());
        let message = streamward::unpack(delivery.entry.data())
            .map(payment_worker::PaymentMessage::Awaiting)
            .unwrap();
        tokio::spawn(
            async move { streamward::Handler::handle(&*handler, message, &delivery).await },
        )
    };
    eventually("the first charge waits", || async {
        let asked = desk.diary.asked();
        asked
            .iter()
            .any(|one| one == "charge 1 pm_slow")
            .then_some(())
    })
    .await;

    let first = std::mem::replace(
        &mut desk.order,
        contracts::OrderId::new(0, streamward::clock::now_ms(), 8),
    );
    let other = desk.awaiting(Some("pm_card_visa"), 60_000).await;
    assert_eq!(desk.handle(&other).await, Outcome::Settled);
    let left = desk.payment().await.unanswered.unwrap();
    assert_eq!((left.attempt, left.method.as_str()), (1, "pm_card_visa"));
    assert!(desk.timer().await.is_some());

    desk.diary.gate.as_ref().unwrap().add_permits(1);
    assert_eq!(waiting.await.unwrap(), Outcome::Settled);
    desk.order = first;
    assert_eq!(desk.payment().await.unanswered, None);
}
