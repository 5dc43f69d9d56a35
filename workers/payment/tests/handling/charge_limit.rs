//! A bounded number of charges wait for their answer; a charge without a free slot is left to the next
//! poll and keeps no worker.

use contracts::event::OrderAwaitingPayment;
use store::payment;
use streamward::{Outcome, clock};
use testkit::{eventually, new_order_id};
use tokio::sync::Semaphore;

use crate::{
    fake_gateway::{AMOUNT, FakeGateway},
    harness::Harness,
};

#[tokio::test]
async fn a_charge_without_a_free_slot_is_deferred() {
    let mut gateway = FakeGateway::default();
    gateway.charge_gate = Some(Semaphore::new(0));
    let harness = Harness::with(gateway, 1).await;
    let slow = harness.awaiting_payment(Some("pm_slow"), 60_000).await;
    let meanwhile = async {
        eventually("the first charge waits", || async {
            let calls = harness.gateway.calls();
            calls.contains(&"charge 1 pm_slow".to_owned()).then_some(())
        })
        .await;
        let awaiting = OrderAwaitingPayment {
            order_id: new_order_id(),
            amount: AMOUNT,
            payment_method: Some("pm_card_visa".to_owned()),
            pay_before: clock::now_ms() + 60_000,
        };
        let other = awaiting.order_id.clone();
        let delivery = harness
            .shop
            .deliver("orders", other.as_str(), &awaiting)
            .await;
        assert_eq!(harness.handle(&delivery).await, Outcome::Settled);
        let found = payment::find(harness.shop.runtime(), &other)
            .await
            .unwrap()
            .unwrap();
        let left = found.unanswered.unwrap();
        assert_eq!((left.attempt, left.method.as_str()), (1, "pm_card_visa"));
        let charges = harness.gateway.calls();
        assert!(!charges.contains(&"charge 1 pm_card_visa".to_owned()));
        harness.gateway.charge_gate.as_ref().unwrap().add_permits(1);
    };
    let (waited, ()) = tokio::join!(harness.handle(&slow), meanwhile);
    assert_eq!(waited, Outcome::Settled);
    assert_eq!(harness.payment().await.unanswered, None);
}
