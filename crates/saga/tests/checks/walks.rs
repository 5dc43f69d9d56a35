//! Small shops, walked through from their first state to their last.

use std::collections::BTreeSet;

use contracts::OrderStatus;
use saga::{
    Shop,
    shop::{Card, People},
};

use crate::{
    checker::walk,
    shops::{
        BUSY, DOUBLED, DYING, HASTY, LOWERED, PLAIN, SILENT, TWICE, Vary, WORST, competing, one,
    },
};

type Named = (&'static str, Shop);

/// Walks through them all; answers what orders came to in any of them.
fn hold(shops: Vec<Named>) -> BTreeSet<&'static str> {
    let mut reached = BTreeSet::new();
    for (name, shop) in shops {
        let walk = walk(shop);
        println!("{name}: {} states", walk.states);
        for (invariant, way) in &walk.violated {
            println!("{name}: not so: {invariant}\n{way}");
        }
        let violated: Vec<_> = walk.violated.keys().collect();
        assert!(violated.is_empty(), "{name}: {violated:?}");
        reached.extend(walk.reached);
    }
    reached
}

fn names(all: &[OrderStatus]) -> BTreeSet<&'static str> {
    all.iter().map(|status| status.name()).collect()
}

/// One order comes to every end but being rejected: nobody takes its unit.
fn ends_of_one() -> BTreeSet<&'static str> {
    let mut all = names(&OrderStatus::ALL);
    all.remove(OrderStatus::Rejected.name());
    all
}

#[test]
fn an_order_paid_on_the_page_ends_well_whatever_happens() {
    let shop = || one(None).then(Card::Good);
    let shops = vec![
        ("page", shop()),
        ("page, doubled", shop().with(DOUBLED)),
        ("page, twice", shop().with(TWICE)),
        ("page, dying", shop().with(DYING)),
        ("page, silent", shop().with(SILENT)),
        ("page, hasty", one(None).with(HASTY)),
        ("page, lowered", shop().with(LOWERED)),
        (
            "page, reminded",
            one(None).among(People {
                remind: true,
                ..BUSY
            }),
        ),
    ];
    assert_eq!(hold(shops), ends_of_one());
}

#[test]
fn an_order_with_a_good_card_ends_well_whatever_happens() {
    let shop = || one(Some(Card::Good));
    let shops = vec![
        ("good", shop().then(Card::Good)),
        ("good, doubled", shop().then(Card::Good).with(DOUBLED)),
        ("good, twice", shop().then(Card::Good).with(TWICE)),
        ("good, dying", shop().then(Card::Good).with(DYING)),
        ("good, silent", shop().then(Card::Good).with(SILENT)),
        ("good, hasty", shop().with(HASTY)),
        ("good, lowered", shop().with(LOWERED)),
        ("good, worst", shop().with(WORST)),
        ("good, coupon", shop().with_coupon(100).with(DYING)),
        ("good, free", shop().with_coupon(1000).with(DYING)),
    ];
    assert_eq!(hold(shops), ends_of_one());
}

#[test]
fn an_order_with_a_slow_card_ends_well_whatever_happens() {
    let shop = || one(Some(Card::Slow)).then(Card::Good);
    let shops = vec![
        ("slow", shop()),
        ("slow, doubled", shop().with(DOUBLED)),
        ("slow, twice", shop().with(TWICE)),
        ("slow, dying", shop().with(DYING)),
        ("slow, silent", shop().with(SILENT)),
        ("slow, hasty", one(Some(Card::Slow)).with(HASTY)),
        (
            "slow, then declined",
            one(Some(Card::SlowBad)).then(Card::Good),
        ),
        (
            "slow, then declined, dying",
            one(Some(Card::SlowBad)).with(DYING),
        ),
        (
            "slow, then declined, silent",
            one(Some(Card::SlowBad)).with(SILENT),
        ),
        ("slow, worst", one(Some(Card::Slow)).with(WORST)),
    ];
    assert_eq!(hold(shops), ends_of_one());
}

#[test]
fn an_order_with_a_declined_card_ends_well_whatever_happens() {
    let shop = || one(Some(Card::Bad));
    let shops = vec![
        ("bad", shop().then(Card::Good)),
        ("bad, then bad", shop().then(Card::Bad)),
        ("bad, doubled", shop().with(DOUBLED)),
        ("bad, twice", shop().with(TWICE)),
        ("bad, dying", shop().then(Card::Slow).with(DYING)),
        ("bad, silent", shop().with(SILENT)),
        ("bad, hasty", shop().with(HASTY)),
    ];
    assert_eq!(hold(shops), ends_of_one());
}

#[test]
fn two_orders_for_the_last_unit_end_well() {
    let shops = vec![
        ("two, good", competing(Some(Card::Good)).among(PLAIN)),
        ("two, page", competing(None).among(PLAIN)),
    ];
    let mut ends = ends_of_one();
    ends.insert(OrderStatus::Rejected.name());
    for refund in [OrderStatus::Refunding, OrderStatus::Refunded] {
        ends.remove(refund.name());
    }
    assert_eq!(hold(shops), ends);
}

#[test]
fn two_orders_for_the_last_use_of_a_coupon_end_well() {
    let mut shop = competing(Some(Card::Good)).with_coupon(100).among(PLAIN);
    shop.stock = vec![2];
    assert!(hold(vec![("two, coupon", shop)]).contains(OrderStatus::Rejected.name()));
}

/// `make model` asks for these; they take minutes.
#[test]
fn large_shops_end_well_when_they_are_asked_for() {
    if std::env::var_os("STREAMWARD_MODEL").is_none_or(|size| size != "large") {
        return;
    }
    let bad = || one(Some(Card::Bad));
    let shops = vec![
        (
            "bad, doubled, then good",
            bad().then(Card::Good).with(DOUBLED),
        ),
        ("bad, twice, then slow", bad().then(Card::Slow).with(TWICE)),
        ("bad, worst", bad().with(WORST)),
        (
            "slow, worst, then good",
            one(Some(Card::Slow)).then(Card::Good).with(WORST),
        ),
        ("two, good, busy", competing(Some(Card::Good))),
        (
            "two, slow, dying",
            competing(Some(Card::Slow)).among(PLAIN).with(DYING),
        ),
        (
            "two, good, twice",
            competing(Some(Card::Good)).among(PLAIN).with(TWICE),
        ),
    ];
    assert!(hold(shops).is_superset(&names(&OrderStatus::ALL)));
}
