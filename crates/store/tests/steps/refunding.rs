//! Captured money goes back once.

use std::collections::BTreeMap;

use contracts::{PaymentId, event::PaymentRefunded};
use store::payment::Recorded;

use crate::support::{Effect, Shop, callback, eur, unknown_order};

#[tokio::test]
async fn a_payment_is_refunded_once() {
    let shop = Shop::open().await;
    let order = unknown_order();
    shop.open_payment(&order, eur(3000), false).await;
    shop.record(&callback(&order, "evt_1", Some(3000))).await;
    let (refunded, effect) = shop.refund(&order, eur(3000)).await;
    assert_eq!(refunded, Recorded::Recorded);
    effect.settled_and_wrote(&["payment:intent:*", "payments:refunded"]);
    let event: PaymentRefunded = shop.event("payments").await;
    let expected = PaymentRefunded {
        order_id: order.clone(),
        payment_id: PaymentId::of(&order),
        amount: eur(3000),
    };
    assert_eq!(event, expected);
    let payment = shop.payment(&order).await;
    assert_eq!(payment.status, "refunded");
    assert_eq!((payment.captured, payment.refunded), (3000, 3000));
    let again = shop.refund(&order, eur(3000)).await;
    assert_eq!(again, (Recorded::Late, Effect::SETTLED));
}

#[tokio::test]
async fn without_captured_money_there_is_nothing_to_refund() {
    let shop = Shop::open().await;
    let (order, late) = (unknown_order(), (Recorded::Late, Effect::SETTLED));
    assert_eq!(shop.refund(&order, eur(3000)).await, late, "unknown");
    shop.open_payment(&order, eur(3000), false).await;
    assert_eq!(shop.refund(&order, eur(3000)).await, late, "open");
    shop.record(&callback(&order, "evt_1", None)).await;
    assert_eq!(shop.refund(&order, eur(3000)).await, late, "failed");
    shop.void(&order).await;
    assert_eq!(shop.refund(&order, eur(3000)).await, late, "voided");
}

#[tokio::test]
async fn the_payment_record_keeps_every_provider_figure() {
    let shop = Shop::open().await;
    let order = unknown_order();
    let key = format!("sw:{{0}}:payment:intent:{order}");
    let payment = PaymentId::of(&order);
    let reported = [
        ("payment", payment.as_str()),
        ("intent", "pi_1"),
        ("currency", "EUR"),
        ("amount", "3000"),
        ("captured", "3000"),
        ("refunded", "3000"),
        ("refund", "re_1"),
        ("status", "refunded"),
    ];
    shop.open_payment(&order, eur(3000), false).await;
    let record: BTreeMap<String, String> = shop.redis(&["HGETALL", &key]).await;
    assert!(
        reported[..4]
            .iter()
            .all(|(name, value)| record[*name] == *value),
        "{record:?}"
    );
    shop.record(&callback(&order, "evt_1", Some(3000))).await;
    shop.refund(&order, eur(3000)).await;
    let record: BTreeMap<String, String> = shop.redis(&["HGETALL", &key]).await;
    let reported = reported.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(record, reported.into());
}
