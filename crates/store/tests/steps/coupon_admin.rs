//! Coupons are added once, listed by code, switched, and removed without forgetting their uses.

use contracts::{Coupon, CouponCode, Discount, Service, event::CouponRejected};
use store::promotion::{self, Added, Ending, Held};

use crate::support::{Effect, Shop, coupon, doc_with, eur, line, unknown_order};

const COUPON_KEYS: [&str; 2] = ["promotion:coupon:*", "promotion:coupons"];

fn ten() -> Coupon {
    coupon("TEN", Discount::Percent(10))
}

#[tokio::test]
async fn a_coupon_is_found_as_it_was_added() {
    let shop = Shop::open().await;
    let full = Coupon {
        minimum: Some(eur(2000)),
        valid_from: Some(1),
        valid_until: Some(2),
        max_uses: Some(3),
        max_uses_per_customer: Some(4),
        active: false,
        ..coupon("FULL", Discount::Amount(eur(500)))
    };
    for terms in [ten(), full] {
        let (added, effect) = shop
            .observe(promotion::add_coupon(&shop.runtime, &terms))
            .await;
        assert_eq!(added, Added::Added);
        effect.wrote(&COUPON_KEYS);
        let again = shop
            .observe(promotion::add_coupon(&shop.runtime, &terms))
            .await;
        assert_eq!(again, (Added::Exists, Effect::NOTHING));
        let found = promotion::find(&shop.runtime, &terms.code).await.unwrap();
        let found = found.unwrap();
        assert_eq!((found.coupon, found.uses, found.holds), (terms, 0, 0));
    }
}

#[tokio::test]
async fn coupons_are_listed_by_code_page_by_page() {
    let shop = Shop::open().await;
    for code in ["CCC", "AAA", "BBB"] {
        shop.offer(&coupon(code, Discount::Percent(10))).await;
    }
    let (mut seen, mut after) = (Vec::new(), None::<CouponCode>);
    for expected in [2, 1, 0] {
        let page = promotion::list(&shop.runtime, after.as_ref(), 2).await;
        let page = page.unwrap();
        assert_eq!(page.len(), expected);
        seen.extend(page.into_iter().map(|record| record.coupon.code));
        after = seen.last().cloned();
    }
    let codes: Vec<&str> = seen.iter().map(CouponCode::as_str).collect();
    assert_eq!(codes, ["AAA", "BBB", "CCC"]);
}

#[tokio::test]
async fn an_unused_coupon_is_removed_completely() {
    let shop = Shop::open().await;
    let (unknown, effect) = shop
        .observe(promotion::remove_coupon(&shop.runtime, &ten().code))
        .await;
    assert_eq!((unknown, effect), (false, Effect::NOTHING));
    shop.offer(&ten()).await;
    let (removed, effect) = shop
        .observe(promotion::remove_coupon(&shop.runtime, &ten().code))
        .await;
    assert!(removed);
    effect.wrote(&COUPON_KEYS);
    shop.offer(&ten()).await;
}

#[tokio::test]
async fn a_used_coupon_keeps_its_counters_when_removed() {
    let shop = Shop::open().await;
    shop.offer(&ten()).await;
    let doc = doc_with("TEN", &[line("mug", 1)]);
    let order = unknown_order();
    shop.hold_coupon(&order, &doc).await;
    let code = ten().code;
    assert!(
        promotion::remove_coupon(&shop.runtime, &code)
            .await
            .unwrap()
    );
    for gone in [
        promotion::remove_coupon(&shop.runtime, &code)
            .await
            .unwrap(),
        promotion::set_coupon_active(&shop.runtime, &code, true)
            .await
            .unwrap(),
    ] {
        assert!(!gone);
    }
    assert_eq!(promotion::find(&shop.runtime, &code).await.unwrap(), None);
    assert_eq!(
        promotion::list(&shop.runtime, None, 9).await.unwrap().len(),
        0
    );
    let again = promotion::add_coupon(&shop.runtime, &ten()).await.unwrap();
    assert_eq!(again, Added::Exists, "a used code is not given out again");

    let (held, _) = shop.hold_coupon(&unknown_order(), &doc).await;
    assert_eq!(held, Held::Rejected);
    let event: CouponRejected = shop.event("promotions").await;
    assert_eq!(event.reason.name(), "unknown");
    // Who holds it keeps it.
    shop.settle_coupon(&order, &doc, Ending::Redeemed).await;
    let key = "sw:{0}:promotion:coupon:TEN";
    let uses: u64 = shop.redis(&["HGET", key, "uses"]).await;
    assert_eq!(uses, 1);
}

#[tokio::test]
async fn a_coupon_is_switched_off_and_on() {
    let shop = Shop::open().await;
    let code = ten().code;
    let switch = |active| promotion::set_coupon_active(&shop.runtime, &code, active);
    let unknown = shop.observe(switch(true)).await;
    assert_eq!(unknown, (false, Effect::NOTHING));
    shop.offer(&ten()).await;
    for active in [false, true] {
        let (known, effect) = shop.observe(switch(active)).await;
        assert!(known);
        effect.wrote(&["promotion:coupon:*"]);
        let found = promotion::find(&shop.runtime, &code).await.unwrap();
        assert_eq!(found.unwrap().coupon.active, active);
    }
}

#[tokio::test]
async fn the_uses_of_a_coupon_are_shared_out_to_all_partitions() {
    let shop = Shop::with_partitions(4).await;
    let terms = Coupon {
        max_uses: Some(6),
        ..ten()
    };
    shop.offer(&terms).await;
    let mut shares = Vec::new();
    for partition in shop.runtime.partitions() {
        let key = partition.key(&["promotion", "coupon", "TEN"]);
        shares.push(shop.redis::<u64>(&["HGET", &key, "limit"]).await);
    }
    assert_eq!(shares, [2, 2, 1, 1]);
    let doc = doc_with("TEN", &[line("mug", 1)]);
    let order = contracts::OrderId::new(2, 0, rand::random());
    let cause = shop.about(&order, "orders", Service::Promotion).await;
    let held = promotion::hold_coupon(shop.at(&cause, &order), &doc, &terms.code).await;
    assert_eq!(held.unwrap(), Held::Held);
    let found = promotion::find(&shop.runtime, &terms.code).await.unwrap();
    let found = found.unwrap();
    assert_eq!((found.coupon, found.holds), (terms, 1));
    assert!(
        promotion::remove_coupon(&shop.runtime, &ten().code)
            .await
            .unwrap()
    );
}
