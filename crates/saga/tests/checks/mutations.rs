//! Each seeded mistake violates the invariant that covers it.

use saga::{Mutation, Scenario, scenario::Card};

use crate::{
    checker::check,
    scenarios::{CRASHES, LOWERED_AMOUNTS, PAY_ONLY, Vary, competing, one},
};

const UNITS: &str = "every unit is accounted for";
const COUPON: &str = "the coupon is never used beyond its limits";
const TWICE: &str = "no order is paid twice";
const FULL: &str = "a confirmed order is paid in full";
const POLLED: &str = "a payment that can still be paid is polled, and no other";
const TIMEOUT: &str = "an order that awaits payment has a timeout";
const SETTLED: &str = "settled deliveries change nothing, and orders make allowed transitions only";
const HOLDS: &str = "every hold ends as its order did";
const MONEY: &str = "all captured money belongs to confirmed orders or was refunded";
const INTENTS: &str = "nothing can be charged for an order that ended";
const ENTRIES: &str = "no entry is pending";

/// Returns a scenario in which the mistake matters, and the invariant that it violates.
fn violation(mutation: Mutation) -> (Scenario, &'static str) {
    let accepted = || one(Some(Card::Accepted));
    let two = || competing(Some(Card::Accepted)).allowing(PAY_ONLY);
    match mutation {
        Mutation::IgnoreSettled | Mutation::ConfirmAfterEnd => (accepted(), SETTLED),
        Mutation::ExpirePaid | Mutation::RefundUnpaid => (accepted(), SETTLED),
        Mutation::ReserveWithoutStock => (two(), UNITS),
        Mutation::ReleaseTwice => (accepted(), UNITS),
        Mutation::ForgetEarlyEnd | Mutation::ForgetSale => (accepted(), HOLDS),
        Mutation::HoldBeyondLimit => {
            let mut scenario = two().with_coupon(100);
            scenario.stock = vec![2];
            (scenario, COUPON)
        }
        Mutation::AwaitPaymentTooEarly => (one(None).with_coupon(100), HOLDS),
        Mutation::ForgetTimeout => (accepted(), TIMEOUT),
        Mutation::ForgetLateRefund | Mutation::IgnoreLateCapture => (accepted(), MONEY),
        Mutation::ForgetDiscount => (accepted().with_coupon(100), TWICE),
        Mutation::ForgetEarlyVoid | Mutation::VoidUnknownIntent => (one(None), INTENTS),
        Mutation::ChargeVoided => (one(None).then(Card::Accepted), ENTRIES),
        Mutation::NoIdempotencyKeys => (accepted().with(CRASHES), TWICE),
        Mutation::ConfirmAnyAmount => (one(None).with(LOWERED_AMOUNTS), FULL),
        Mutation::ForgetPoll => (accepted().with(CRASHES), POLLED),
        Mutation::SkipOverdueOpening => (accepted().with(CRASHES), INTENTS),
        Mutation::LeaveUnpaidIntent => (one(Some(Card::SlowDeclined)), INTENTS),
        Mutation::VoidWithoutIntent => (one(Some(Card::Slow)).with(CRASHES), MONEY),
    }
}

#[test]
fn every_seeded_mistake_is_found() {
    for mutation in Mutation::ALL {
        let (mut scenario, invariant) = violation(mutation);
        scenario.mutation = Some(mutation);
        let report = check(scenario);
        let found: Vec<_> = report.violated.keys().collect();
        assert!(
            found.contains(&&invariant),
            "{mutation:?} violates {found:?}, not {invariant:?}"
        );
    }
}

#[test]
fn nothing_is_found_without_a_mistake() {
    for mutation in Mutation::ALL {
        let (scenario, _) = violation(mutation);
        let report = check(scenario);
        assert!(
            report.violated.is_empty(),
            "{mutation:?}: {:?}",
            report.violated
        );
    }
}
