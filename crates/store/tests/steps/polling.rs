//! A payment of which nothing is heard is asked about: every step that makes it necessary sets the timer,
//! and every end takes it away.

use std::time::Duration;

use contracts::OrderId;
use store::payment::{Opening, Recorded, UnansweredCharge};
use streamward::clock;

use crate::support::{ASKING, Effect, Shop, callback, eur, unknown_order};

const TIMERS: &str = "sw:{0}:payment:delayed";
const WROTE: [&str; 2] = ["payment:delayed", "payment:intent:*"];

/// Returns the time until the next poll of `order`, in milliseconds.
async fn next_poll(shop: &Shop, order: &OrderId) -> Option<u64> {
    let member = format!("PaymentPoll:{order}");
    let score: Option<String> = shop.redis(&["ZSCORE", TIMERS, &member]).await;
    let due: u64 = score?.parse().unwrap();
    Some(due.saturating_sub(clock::now_ms()))
}

async fn is_polled_in(shop: &Shop, order: &OrderId, within: Duration) {
    let due = next_poll(shop, order).await;
    let limit = u64::try_from(within.as_millis()).unwrap();
    assert!(due.is_some_and(|ms| ms <= limit), "{due:?}");
    assert!(due.is_some_and(|ms| ms > limit / 2), "{due:?}");
}

/// The timer is due: the runtime has taken it out of the queue.
async fn is_due(shop: &Shop, order: &OrderId) {
    let member = format!("PaymentPoll:{order}");
    let taken: u64 = shop.redis(&["ZREM", TIMERS, &member]).await;
    assert_eq!(taken, 1);
}

fn second_try() -> UnansweredCharge {
    UnansweredCharge {
        attempt: 2,
        method: "pm_card_visa".to_owned(),
    }
}

#[tokio::test]
async fn opening_schedules_a_poll_and_every_end_removes_it() {
    let shop = Shop::open().await;
    for end in ["captured", "voided"] {
        let order = unknown_order();
        shop.open_payment(&order, eur(3000), true).await;
        is_polled_in(&shop, &order, ASKING.pause).await;
        if end == "captured" {
            shop.record(&callback(&order, "evt_1", Some(3000))).await;
        } else {
            shop.void(&order).await;
        }
        assert_eq!(next_poll(&shop, &order).await, None, "{end}");
    }
}

#[tokio::test]
async fn a_failed_charge_keeps_its_poll_because_the_customer_may_pay_otherwise() {
    let shop = Shop::open().await;
    let order = unknown_order();
    // Reported before the opening was recorded: it has no question yet.
    shop.record(&callback(&order, "evt_1", None)).await;
    is_polled_in(&shop, &order, ASKING.pause).await;
}

#[tokio::test]
async fn an_unanswered_charge_is_kept_until_its_reply() {
    let shop = Shop::open().await;
    let order = unknown_order();
    let first = UnansweredCharge {
        attempt: 1,
        method: "pm_card_timeout".to_owned(),
    };
    let opening = Opening::Unanswered(first.clone());
    shop.open_payment_with(&order, eur(3000), &opening).await;
    assert_eq!(shop.payment(&order).await.unanswered, Some(first.clone()));

    is_due(&shop, &order).await;
    let pause = Some(Duration::from_secs(120));
    let (waits, effect) = shop.wait(&order, None, pause).await;
    assert_eq!(waits, Recorded::Recorded);
    effect.settled_and_wrote(&WROTE);
    is_polled_in(&shop, &order, Duration::from_secs(120)).await;
    let payment = shop.payment(&order).await;
    assert_eq!(payment.polls, ASKING.polls + 1);
    assert_eq!(payment.unanswered, Some(first.clone()));

    is_due(&shop, &order).await;
    shop.wait(&order, Some(&first), pause).await;
    assert_eq!(shop.payment(&order).await.unanswered, None);
}

#[tokio::test]
async fn the_reply_to_a_poll_keeps_a_charge_recorded_since() {
    let shop = Shop::open().await;
    let order = unknown_order();
    let first = UnansweredCharge {
        attempt: 1,
        method: "pm_card_timeout".to_owned(),
    };
    // The poll was sent when no charge was recorded, or only the first.
    for known in [None, Some(&first)] {
        shop.open_payment(&order, eur(3000), true).await;
        is_due(&shop, &order).await;
        shop.charge_again(&order, 2, Some(&second_try())).await;
        let (waits, _) = shop.wait(&order, known, Some(ASKING.pause)).await;
        assert_eq!(waits, Recorded::Recorded);
        let payment = shop.payment(&order).await;
        assert_eq!(payment.unanswered, Some(second_try()), "{known:?}");
        is_polled_in(&shop, &order, ASKING.pause).await;
    }
}

#[tokio::test]
async fn another_charge_restarts_the_polls_and_their_pauses() {
    let shop = Shop::open().await;
    let order = unknown_order();
    shop.open_payment(&order, eur(3000), true).await;
    is_due(&shop, &order).await;
    let (charging, effect) = shop.charge_again(&order, 2, Some(&second_try())).await;
    assert_eq!(charging, Recorded::Recorded);
    effect.settled_and_wrote(&WROTE);
    let payment = shop.payment(&order).await;
    assert_eq!(payment.polls, ASKING.polls);
    assert_eq!(payment.unanswered, Some(second_try()));

    // An answer to an earlier question does not put the new one off.
    let pause = Some(Duration::from_secs(3600));
    shop.wait(&order, None, pause).await;
    is_polled_in(&shop, &order, ASKING.pause).await;

    // Neither does an earlier charge that is recorded late, answered or not.
    let first = UnansweredCharge {
        attempt: 1,
        ..second_try()
    };
    for late in [None, Some(&first)] {
        shop.charge_again(&order, 1, late).await;
        assert_eq!(shop.payment(&order).await.unanswered, Some(second_try()));
    }

    shop.charge_again(&order, 2, None).await;
    assert_eq!(shop.payment(&order).await.unanswered, None);
}

#[tokio::test]
async fn no_poll_follows_the_last_one() {
    let shop = Shop::open().await;
    let order = unknown_order();
    shop.open_payment(&order, eur(3000), true).await;
    is_due(&shop, &order).await;
    let (given_up, effect) = shop.wait(&order, None, None).await;
    assert_eq!(given_up, Recorded::Recorded);
    effect.settled_and_wrote(&["payment:intent:*"]);
    assert_eq!(next_poll(&shop, &order).await, None);
}

#[tokio::test]
async fn a_late_void_is_polled_and_charges_nothing_more() {
    let shop = Shop::open().await;
    let order = unknown_order();
    let opening = Opening::Unanswered(second_try());
    shop.open_payment_with(&order, eur(3000), &opening).await;
    is_due(&shop, &order).await;
    let (voided, effect) = shop.void_of(&order, Some("pi_1"), Some(ASKING)).await;
    assert_eq!(voided, Recorded::Recorded);
    effect.settled_and_wrote(&WROTE);
    let payment = shop.payment(&order).await;
    assert_eq!(
        (payment.status.as_str(), payment.unanswered),
        ("voided", None)
    );
    is_polled_in(&shop, &order, ASKING.pause).await;

    // Asked, and voided in vain once more; then it can be voided at last.
    is_due(&shop, &order).await;
    let again = shop.void_of(&order, Some("pi_1"), Some(ASKING)).await.0;
    assert_eq!(again, Recorded::Recorded);
    is_polled_in(&shop, &order, ASKING.pause).await;
    shop.wait(&order, None, Some(ASKING.pause)).await;
    assert_eq!(shop.payment(&order).await.unanswered, None);
    let at_last = shop.void(&order).await;
    assert_eq!(at_last, (Recorded::Late, Effect::SETTLED));
}

#[tokio::test]
async fn an_intent_recorded_by_the_void_alone_is_polled() {
    let shop = Shop::open().await;
    let order = unknown_order();
    shop.void(&order).await;
    let voided = shop.void_of(&order, Some("pi_1"), Some(ASKING)).await.0;
    assert_eq!(voided, Recorded::Recorded);
    assert_eq!(shop.payment(&order).await.intent.as_deref(), Some("pi_1"));
    is_polled_in(&shop, &order, ASKING.pause).await;
}

#[tokio::test]
async fn an_ended_payment_is_not_polled() {
    let shop = Shop::open().await;
    let late = (Recorded::Late, Effect::SETTLED);
    let order = unknown_order();
    assert_eq!(shop.charge_again(&order, 2, None).await, late, "unknown");
    assert_eq!(shop.wait(&order, None, None).await, late, "unknown");
    shop.open_payment(&order, eur(3000), true).await;
    shop.record(&callback(&order, "evt_1", Some(3000))).await;
    assert_eq!(shop.charge_again(&order, 2, None).await, late, "captured");
    let pause = Some(ASKING.pause);
    assert_eq!(shop.wait(&order, None, pause).await, late, "captured");
}

#[tokio::test]
async fn a_failed_charge_is_published_once_from_callback_and_poll() {
    let shop = Shop::open().await;
    let order = unknown_order();
    shop.open_payment(&order, eur(3000), true).await;
    let mut report = callback(&order, "looked-up", None);
    report.charge_id = Some("ch_1".to_owned());
    assert_eq!(shop.record(&report).await.0, Recorded::Recorded);
    assert!(shop.payment(&order).await.failures.contains("ch_1"));
    report.event_id = "evt_1".to_owned();
    let again = shop.record(&report).await;
    assert_eq!(again, (Recorded::Duplicate, Effect::SETTLED));
}
