//! A payment of an order that ended unpaid is closed; captured money is recorded all the same.

use contracts::event::{OrderRefundRequested, RefundReason};
use store::{
    order::{Expired, Paid},
    payment::Recorded,
};

use crate::support::{Effect, Shop, callback, eur, line, unknown_order};

#[tokio::test]
async fn an_open_or_failed_payment_is_voided_once() {
    let shop = Shop::open().await;
    for fails in [false, true] {
        let order = unknown_order();
        shop.open_payment(&order, eur(3000), false).await;
        if fails {
            shop.record(&callback(&order, "evt_1", None)).await;
        }
        let (voided, effect) = shop.void(&order).await;
        assert_eq!(voided, Recorded::Recorded);
        effect.settled_and_wrote(&["payment:delayed", "payment:intent:*"]);
        assert_eq!(shop.payment(&order).await.status, "voided");
        let again = shop.void(&order).await;
        assert_eq!(again, (Recorded::Late, Effect::SETTLED));
        let failure = shop.record(&callback(&order, "evt_2", None)).await;
        assert_eq!(failure, (Recorded::Late, Effect::SETTLED));
    }
}

#[tokio::test]
async fn a_void_before_the_opening_keeps_the_payment_closed() {
    let shop = Shop::open().await;
    let order = unknown_order();
    let (voided, effect) = shop.void(&order).await;
    assert_eq!(voided, Recorded::Recorded);
    effect.settled_and_wrote(&["payment:intent:*"]);
    let opened = shop.open_payment(&order, eur(3000), false).await;
    assert_eq!(opened, (Recorded::Ended, Effect::NOTHING));
    assert_eq!(shop.payment(&order).await.status, "voided");
    assert!(
        shop.newest("payments", 1).await.is_empty(),
        "no payment page is published"
    );
}

#[tokio::test]
async fn an_intent_that_appeared_before_its_void_is_not_recorded_as_void() {
    let shop = Shop::open().await;
    for fails in [false, true] {
        let order = unknown_order();
        shop.open_payment(&order, eur(3000), false).await;
        if fails {
            shop.record(&callback(&order, "evt_1", None)).await;
        }
        let unaware = shop.void_of(&order, None, None).await;
        assert_eq!(unaware, (Recorded::Appeared, Effect::NOTHING));
        assert_eq!(
            shop.void_of(&order, Some("pi_1"), None).await.0,
            Recorded::Recorded
        );
    }
}

#[tokio::test]
async fn a_payment_voided_before_its_opening_records_its_intent_once() {
    let shop = Shop::open().await;
    let order = unknown_order();
    assert_eq!(shop.void_of(&order, None, None).await.0, Recorded::Recorded);
    assert_eq!(shop.payment(&order).await.intent, None);

    let (recorded, effect) = shop.void_of(&order, Some("pi_1"), None).await;
    assert_eq!(recorded, Recorded::Recorded);
    effect.settled_and_wrote(&["payment:intent:*"]);
    for other in [None, Some("pi_2")] {
        let again = shop.void_of(&order, other, None).await;
        assert_eq!(again, (Recorded::Late, Effect::SETTLED));
    }
    assert_eq!(shop.payment(&order).await.intent.as_deref(), Some("pi_1"));
}

#[tokio::test]
async fn a_captured_payment_is_not_voided() {
    let shop = Shop::open().await;
    let order = unknown_order();
    shop.open_payment(&order, eur(3000), false).await;
    shop.record(&callback(&order, "evt_1", Some(3000))).await;
    assert_eq!(shop.void(&order).await, (Recorded::Late, Effect::SETTLED));
    shop.refund(&order, eur(3000)).await;
    assert_eq!(shop.void(&order).await, (Recorded::Late, Effect::SETTLED));
}

#[tokio::test]
async fn money_captured_after_the_void_is_recorded_and_refunded() {
    let shop = Shop::open().await;
    let order = shop.awaiting(&[line("mug", 3)]).await;
    shop.open_payment(&order, eur(3000), false).await;
    assert_eq!(shop.expire(&order).await.0, Expired::Cancelled);
    assert_eq!(shop.void(&order).await.0, Recorded::Recorded);

    let (recorded, effect) = shop.record(&callback(&order, "evt_1", Some(3000))).await;
    assert_eq!(recorded, Recorded::Recorded);
    effect.settled_and_wrote(&["payment:intent:*", "payments:processed"]);
    let payment = shop.payment(&order).await;
    assert_eq!(
        (payment.status.as_str(), payment.captured),
        ("succeeded", 3000)
    );
    assert_eq!(shop.paid(&order, eur(3000)).await.0, Paid::Refund);
    let event: OrderRefundRequested = shop.event("orders").await;
    assert_eq!(event.reason, RefundReason::LatePayment);
    assert_eq!(shop.refund(&order, eur(3000)).await.0, Recorded::Recorded);
}
