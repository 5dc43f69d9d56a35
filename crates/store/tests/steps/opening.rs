//! An intent is recorded once, and never over what is known already.

use std::collections::BTreeSet;

use contracts::{Currency, PaymentId, event::PaymentOpened};
use store::payment::{self, PaymentView, Recorded};

use crate::support::{ASKING, Effect, Shop, URL, callback, eur, unknown_order};

#[tokio::test]
async fn an_opened_intent_publishes_its_payment_page() {
    let shop = Shop::open().await;
    let order = unknown_order();
    let (opened, effect) = shop.open_payment(&order, eur(3000), false).await;
    assert_eq!(opened, Recorded::Recorded);
    effect.settled_and_wrote(&["payment:delayed", "payment:intent:*", "payments:opened"]);
    let event: PaymentOpened = shop.event("payments").await;
    let expected = PaymentOpened {
        order_id: order.clone(),
        payment_id: PaymentId::of(&order),
        pay_url: URL.to_owned(),
    };
    assert_eq!(event, expected);
    let expected = PaymentView {
        status: "open".to_owned(),
        currency: Some(Currency::EUR),
        intent: Some("pi_1".to_owned()),
        amount: 3000,
        captured: 0,
        refunded: 0,
        unanswered: None,
        polls: ASKING.polls,
        failures: BTreeSet::new(),
    };
    assert_eq!(shop.payment(&order).await, expected);
}

#[tokio::test]
async fn a_charge_in_progress_publishes_no_payment_page() {
    let shop = Shop::open().await;
    let order = unknown_order();
    let (opened, effect) = shop.open_payment(&order, eur(3000), true).await;
    assert_eq!(opened, Recorded::Recorded);
    effect.settled_and_wrote(&["payment:delayed", "payment:intent:*"]);
    assert_eq!(shop.payment(&order).await.status, "open");
}

#[tokio::test]
async fn opening_again_publishes_nothing() {
    let shop = Shop::open().await;
    let order = unknown_order();
    shop.open_payment(&order, eur(3000), false).await;
    let again = shop.open_payment(&order, eur(3000), false).await;
    assert_eq!(again, (Recorded::Late, Effect::SETTLED));
}

#[tokio::test]
async fn a_callback_before_the_opening_is_not_overwritten() {
    let shop = Shop::open().await;
    for (captured, status) in [(Some(2999), "succeeded"), (None, "failed")] {
        let order = unknown_order();
        shop.record(&callback(&order, "evt_1", captured)).await;
        // The requested amount is not recorded yet, so the captured one stands for it.
        let best = captured.unwrap_or(0);
        assert_eq!(shop.payment(&order).await.amount, best);
        let (late, effect) = shop.open_payment(&order, eur(3000), false).await;
        assert_eq!(late, Recorded::Late, "{status}");
        // Only the requested amount and the payment page are new.
        effect.settled_and_wrote(&["payment:intent:*"]);
        let expected = PaymentView {
            status: status.to_owned(),
            currency: Some(Currency::EUR),
            intent: Some("pi_1".to_owned()),
            amount: 3000,
            captured: captured.unwrap_or(0),
            refunded: 0,
            unanswered: None,
            polls: 0,
            failures: captured
                .is_none()
                .then(|| "evt_1".to_owned())
                .into_iter()
                .collect(),
        };
        assert_eq!(shop.payment(&order).await, expected);
    }
}

#[tokio::test]
async fn a_payment_that_was_never_opened_is_not_found() {
    let shop = Shop::open().await;
    let found = payment::find(&shop.runtime, &unknown_order())
        .await
        .unwrap();
    assert_eq!(found, None);
}
