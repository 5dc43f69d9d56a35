//! Every state of small scenarios keeps the invariants.

use std::collections::BTreeSet;

use contracts::OrderStatus;
use saga::{
    Scenario,
    scenario::{Card, UserActions},
};

use crate::{
    checker::check,
    scenarios::{
        ALL_ACTIONS, CRASHES, DUPLICATE_CALLBACKS, EARLY_POLLS, LOWERED_AMOUNTS, PAY_ONLY,
        TAKEOVERS, UNANSWERED, Vary, WORST, competing, one,
    },
};

type Named = (&'static str, Scenario);

/// Checks the scenarios and returns the states that orders reached.
fn assert_invariants(scenarios: Vec<Named>) -> BTreeSet<&'static str> {
    let mut reached = BTreeSet::new();
    for (name, scenario) in scenarios {
        let report = check(scenario);
        println!("{name}: {} states", report.states);
        for (invariant, path) in &report.violated {
            println!("{name}: violated: {invariant}\n{path}");
        }
        let violated: Vec<_> = report.violated.keys().collect();
        assert!(violated.is_empty(), "{name}: {violated:?}");
        reached.extend(report.reached);
    }
    reached
}

fn names(all: &[OrderStatus]) -> BTreeSet<&'static str> {
    all.iter().map(|status| status.name()).collect()
}

/// Returns the states that a single order reaches: all but rejected, because no other order takes its unit.
fn reached_by_one() -> BTreeSet<&'static str> {
    let mut all = names(&OrderStatus::ALL);
    all.remove(OrderStatus::Rejected.name());
    all
}

#[test]
fn an_order_paid_on_the_page_keeps_the_invariants_under_all_faults() {
    let scenario = || one(None).then(Card::Accepted);
    let scenarios = vec![
        ("page", scenario()),
        (
            "page, duplicate callbacks",
            scenario().with(DUPLICATE_CALLBACKS),
        ),
        ("page, takeovers", scenario().with(TAKEOVERS)),
        ("page, crashes", scenario().with(CRASHES)),
        ("page, unanswered", scenario().with(UNANSWERED)),
        ("page, early polls", one(None).with(EARLY_POLLS)),
        ("page, lowered amounts", scenario().with(LOWERED_AMOUNTS)),
        (
            "page, reminded",
            one(None).allowing(UserActions {
                remind: true,
                ..ALL_ACTIONS
            }),
        ),
    ];
    assert_eq!(assert_invariants(scenarios), reached_by_one());
}

#[test]
fn an_order_with_an_accepted_card_keeps_the_invariants_under_all_faults() {
    let scenario = || one(Some(Card::Accepted));
    let scenarios = vec![
        ("accepted", scenario().then(Card::Accepted)),
        (
            "accepted, duplicate callbacks",
            scenario().then(Card::Accepted).with(DUPLICATE_CALLBACKS),
        ),
        (
            "accepted, takeovers",
            scenario().then(Card::Accepted).with(TAKEOVERS),
        ),
        (
            "accepted, crashes",
            scenario().then(Card::Accepted).with(CRASHES),
        ),
        (
            "accepted, unanswered",
            scenario().then(Card::Accepted).with(UNANSWERED),
        ),
        ("accepted, early polls", scenario().with(EARLY_POLLS)),
        (
            "accepted, lowered amounts",
            scenario().with(LOWERED_AMOUNTS),
        ),
        ("accepted, worst", scenario().with(WORST)),
        (
            "accepted, coupon",
            scenario().with_coupon(100).with(CRASHES),
        ),
        ("accepted, free", scenario().with_coupon(1000).with(CRASHES)),
    ];
    assert_eq!(assert_invariants(scenarios), reached_by_one());
}

#[test]
fn an_order_with_a_slow_card_keeps_the_invariants_under_all_faults() {
    let scenario = || one(Some(Card::Slow)).then(Card::Accepted);
    let scenarios = vec![
        ("slow", scenario()),
        (
            "slow, duplicate callbacks",
            scenario().with(DUPLICATE_CALLBACKS),
        ),
        ("slow, takeovers", scenario().with(TAKEOVERS)),
        ("slow, crashes", scenario().with(CRASHES)),
        ("slow, unanswered", scenario().with(UNANSWERED)),
        ("slow, early polls", one(Some(Card::Slow)).with(EARLY_POLLS)),
        (
            "slow declined",
            one(Some(Card::SlowDeclined)).then(Card::Accepted),
        ),
        (
            "slow declined, crashes",
            one(Some(Card::SlowDeclined)).with(CRASHES),
        ),
        (
            "slow declined, unanswered",
            one(Some(Card::SlowDeclined)).with(UNANSWERED),
        ),
        ("slow, worst", one(Some(Card::Slow)).with(WORST)),
    ];
    assert_eq!(assert_invariants(scenarios), reached_by_one());
}

#[test]
fn an_order_with_a_declined_card_keeps_the_invariants_under_all_faults() {
    let scenario = || one(Some(Card::Declined));
    let scenarios = vec![
        ("declined", scenario().then(Card::Accepted)),
        ("declined, then declined", scenario().then(Card::Declined)),
        (
            "declined, duplicate callbacks",
            scenario().with(DUPLICATE_CALLBACKS),
        ),
        ("declined, takeovers", scenario().with(TAKEOVERS)),
        (
            "declined, crashes",
            scenario().then(Card::Slow).with(CRASHES),
        ),
        ("declined, unanswered", scenario().with(UNANSWERED)),
        ("declined, early polls", scenario().with(EARLY_POLLS)),
    ];
    assert_eq!(assert_invariants(scenarios), reached_by_one());
}

#[test]
fn two_orders_for_the_last_unit_keep_the_invariants() {
    let scenarios = vec![
        (
            "two, accepted",
            competing(Some(Card::Accepted)).allowing(PAY_ONLY),
        ),
        ("two, page", competing(None).allowing(PAY_ONLY)),
    ];
    let mut ends = reached_by_one();
    ends.insert(OrderStatus::Rejected.name());
    for refund in [OrderStatus::Refunding, OrderStatus::Refunded] {
        ends.remove(refund.name());
    }
    assert_eq!(assert_invariants(scenarios), ends);
}

#[test]
fn two_orders_for_the_last_use_of_a_coupon_keep_the_invariants() {
    let mut scenario = competing(Some(Card::Accepted))
        .with_coupon(100)
        .allowing(PAY_ONLY);
    scenario.stock = vec![2];
    assert!(
        assert_invariants(vec![("two, coupon", scenario)]).contains(OrderStatus::Rejected.name())
    );
}

#[test]
#[ignore = "several minutes; `make model` runs it"]
fn large_scenarios_keep_the_invariants() {
    let declined = || one(Some(Card::Declined));
    let scenarios = vec![
        (
            "declined, duplicate callbacks, then accepted",
            declined().then(Card::Accepted).with(DUPLICATE_CALLBACKS),
        ),
        (
            "declined, takeovers, then slow",
            declined().then(Card::Slow).with(TAKEOVERS),
        ),
        ("declined, worst", declined().with(WORST)),
        (
            "slow, worst, then accepted",
            one(Some(Card::Slow)).then(Card::Accepted).with(WORST),
        ),
        (
            "two, accepted, all actions",
            competing(Some(Card::Accepted)),
        ),
        (
            "two, slow, crashes",
            competing(Some(Card::Slow)).allowing(PAY_ONLY).with(CRASHES),
        ),
        (
            "two, accepted, takeovers",
            competing(Some(Card::Accepted))
                .allowing(PAY_ONLY)
                .with(TAKEOVERS),
        ),
    ];
    assert!(assert_invariants(scenarios).is_superset(&names(&OrderStatus::ALL)));
}
