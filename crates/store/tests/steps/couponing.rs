//! A coupon is held for an order that meets its terms, and no other.

use contracts::{
    Coupon, Discount, OrderDocument, OrderId,
    event::{CouponHeld, CouponRefusal, CouponRejected},
};
use store::promotion::{self, Ending, Held, HoldEnd, set_coupon_active};
use streamward::clock;

use crate::support::{Effect, Shop, coupon, customer, doc_with, eur, line, unknown_order};

const HELD: [&str; 4] = [
    "promotion:coupon:*",
    "promotion:customer:*",
    "promotion:hold:*",
    "promotions:held",
];

/// The discount, or the refusal, that a checkout's page shows before the order.
async fn predicted(
    shop: &Shop,
    order: &OrderId,
    doc: &OrderDocument,
) -> Result<i64, CouponRefusal> {
    let (code, customer) = (doc.coupon.as_ref().unwrap(), &doc.customer_id);
    let (placed_ms, subtotal) = (order.created_ms(), doc.subtotal());
    let preview = promotion::preview_coupon(&shop.runtime, code, customer, placed_ms, subtotal);
    preview.await.unwrap().map(|discount| discount.amount)
}

async fn held(shop: &Shop, doc: &OrderDocument, discount: i64) -> OrderId {
    let order = unknown_order();
    assert_eq!(predicted(shop, &order, doc).await, Ok(discount));
    let (answer, effect) = shop.hold_coupon(&order, doc).await;
    assert_eq!(answer, Held::Held);
    effect.settled_and_wrote(&HELD);
    let event: CouponHeld = shop.event("promotions").await;
    let expected = CouponHeld {
        order_id: order.clone(),
        code: doc.coupon.clone().unwrap(),
        discount: eur(discount),
    };
    assert_eq!(event, expected);
    order
}

async fn refused(shop: &Shop, doc: &OrderDocument, reason: CouponRefusal) {
    let order = unknown_order();
    assert_eq!(predicted(shop, &order, doc).await, Err(reason));
    let (answer, effect) = shop.hold_coupon(&order, doc).await;
    assert_eq!(answer, Held::Rejected, "{reason:?}");
    effect.settled_and_wrote(&["promotions:rejected"]);
    let event: CouponRejected = shop.event("promotions").await;
    let expected = CouponRejected {
        order_id: order,
        code: doc.coupon.clone().unwrap(),
        reason,
    };
    assert_eq!(event, expected);
}

#[tokio::test]
async fn a_percentage_is_rounded_down_to_the_minor_unit() {
    let shop = Shop::open().await;
    for percent in [1_u8, 7, 33, 99, 100] {
        let code = format!("OFF-{percent}");
        shop.offer(&coupon(&code, Discount::Percent(percent))).await;
        // The last is the largest amount there is, where a double has no digit to spare.
        for subtotal in [0, 1, 99, 101, 2980, 5_000_099, (1 << 53) - 1] {
            let doc = OrderDocument {
                subtotal,
                ..doc_with(&code, &[line("mug", 1)])
            };
            let exact = i128::from(subtotal) * i128::from(percent) / 100;
            held(&shop, &doc, i64::try_from(exact).unwrap()).await;
        }
    }
}

#[tokio::test]
async fn an_amount_never_takes_off_more_than_there_is() {
    let shop = Shop::open().await;
    let terms = coupon("FIVE", Discount::Amount(eur(500)));
    shop.offer(&terms).await;
    for (subtotal, discount) in [(0, 0), (499, 499), (500, 500), (501, 500)] {
        let doc = OrderDocument {
            subtotal,
            ..doc_with("FIVE", &[line("mug", 1)])
        };
        held(&shop, &doc, discount).await;
    }
}

#[tokio::test]
async fn an_unknown_and_an_inactive_coupon_are_refused() {
    let shop = Shop::open().await;
    let doc = doc_with("OFF", &[line("mug", 1)]);
    refused(&shop, &doc, CouponRefusal::Unknown).await;
    let terms = Coupon {
        active: false,
        ..coupon("OFF", Discount::Percent(5))
    };
    shop.offer(&terms).await;
    refused(&shop, &doc, CouponRefusal::Inactive).await;
    assert!(
        set_coupon_active(&shop.runtime, &terms.code, true)
            .await
            .unwrap()
    );
    held(&shop, &doc, 50).await;
}

#[tokio::test]
async fn a_coupon_is_judged_by_the_time_the_order_was_placed() {
    let shop = Shop::open().await;
    let doc = doc_with("SUMMER", &[line("mug", 1)]);
    let now = clock::now_ms();
    let (from, until) = (now - 2000, now - 1000);
    let terms = Coupon {
        valid_from: Some(from),
        valid_until: Some(until),
        ..coupon("SUMMER", Discount::Percent(10))
    };
    shop.offer(&terms).await;
    for (placed, expected) in [
        (from - 1, Some(CouponRefusal::NotYetValid)),
        (from, None),
        (until, None),
        (until + 1, Some(CouponRefusal::Expired)),
    ] {
        let order = OrderId::new(0, placed, rand::random());
        let (answer, _) = shop.hold_coupon(&order, &doc).await;
        match expected {
            None => assert_eq!(answer, Held::Held, "{placed} in {from}..={until}"),
            Some(reason) => {
                assert_eq!(answer, Held::Rejected);
                let event: CouponRejected = shop.event("promotions").await;
                assert_eq!(event.reason, reason);
            }
        }
    }
}

#[tokio::test]
async fn the_minimum_is_reached_in_its_own_currency() {
    let shop = Shop::open().await;
    let terms = Coupon {
        minimum: Some(eur(2000)),
        ..coupon("FIVE", Discount::Amount(eur(500)))
    };
    shop.offer(&terms).await;
    let enough = doc_with("FIVE", &[line("mug", 2)]);
    held(&shop, &enough, 500).await;
    let less = OrderDocument {
        subtotal: 1999,
        ..enough.clone()
    };
    refused(&shop, &less, CouponRefusal::MinimumNotReached).await;
    let dollars = OrderDocument {
        currency: "USD".parse().unwrap(),
        ..enough
    };
    refused(&shop, &dollars, CouponRefusal::WrongCurrency).await;
}

#[tokio::test]
async fn a_percentage_without_a_minimum_is_good_in_any_currency() {
    let shop = Shop::open().await;
    shop.offer(&coupon("TEN", Discount::Percent(10))).await;
    let dollars = OrderDocument {
        currency: "USD".parse().unwrap(),
        ..doc_with("TEN", &[line("mug", 1)])
    };
    let (answer, _) = shop.hold_coupon(&unknown_order(), &dollars).await;
    assert_eq!(answer, Held::Held);
    let event: CouponHeld = shop.event("promotions").await;
    assert_eq!(event.discount.currency, dollars.currency);
}

#[tokio::test]
async fn holds_and_uses_together_count_against_the_limit() {
    let shop = Shop::open().await;
    let terms = Coupon {
        max_uses: Some(2),
        ..coupon("TWO", Discount::Percent(10))
    };
    shop.offer(&terms).await;
    let doc = || doc_with("TWO", &[line("mug", 1)]);
    let (first, second) = (doc(), doc());
    let used = held(&shop, &first, 100).await;
    let open = held(&shop, &second, 100).await;
    refused(&shop, &doc(), CouponRefusal::UsedUp).await;
    shop.settle_coupon(&used, &first, Ending::Redeemed).await;
    refused(&shop, &doc(), CouponRefusal::UsedUp).await;
    shop.settle_coupon(&open, &second, Ending::Returned).await;
    held(&shop, &doc(), 100).await;
    assert_eq!(shop.counts("TWO").await, (1, 1));
}

#[tokio::test]
async fn a_customer_has_a_limit_of_their_own() {
    let shop = Shop::open().await;
    let terms = Coupon {
        max_uses_per_customer: Some(1),
        ..coupon("ONCE", Discount::Percent(10))
    };
    shop.offer(&terms).await;
    let ada = doc_with("ONCE", &[line("mug", 1)]);
    let first = held(&shop, &ada, 100).await;
    refused(&shop, &ada, CouponRefusal::UsedUpByCustomer).await;
    let other = OrderDocument {
        customer_id: customer(),
        ..ada.clone()
    };
    held(&shop, &other, 100).await;
    shop.settle_coupon(&first, &ada, Ending::Returned).await;
    let second = held(&shop, &ada, 100).await;
    shop.settle_coupon(&second, &ada, Ending::Redeemed).await;
    refused(&shop, &ada, CouponRefusal::UsedUpByCustomer).await;
}

#[tokio::test]
async fn an_order_holds_its_coupon_once_and_never_after_it_ended() {
    let shop = Shop::open().await;
    shop.offer(&coupon("TEN", Discount::Percent(10))).await;
    let doc = doc_with("TEN", &[line("mug", 1)]);
    let order = held(&shop, &doc, 100).await;
    let late = (Held::Late, Effect::SETTLED);
    assert_eq!(shop.hold_coupon(&order, &doc).await, late);
    let ended = unknown_order();
    let (settled, effect) = shop.settle_coupon(&ended, &doc, Ending::Returned).await;
    assert_eq!(settled, HoldEnd::None);
    effect.settled_and_wrote(&["promotion:hold:*"]);
    assert_eq!(shop.hold_coupon(&ended, &doc).await, late);
    assert_eq!(shop.counts("TEN").await, (1, 0));
}
