//! Each thing done wrongly on purpose breaks an invariant that says so.

use saga::{Mutation, Shop, shop::Card};

use crate::{
    checker::walk,
    shops::{DYING, LOWERED, PLAIN, Vary, competing, one},
};

const UNITS: &str = "every unit is accounted for";
const COUPON: &str = "the coupon is never used more often than it may be";
const TWICE: &str = "no order is paid twice";
const FULL: &str = "a confirmed order is paid in full";
const ASKED: &str = "a payment that can still be paid is asked about, and no other";
const TIMEOUT: &str = "an order that waits for its payment has a timeout";
const SETTLED: &str = "settled is settled, and orders take no forbidden way";
const HOLDS: &str = "every hold ends as its order did";
const MONEY: &str = "all money that was kept belongs to confirmed orders";
const INTENTS: &str = "nothing can be charged for an order that ended";
const ENTRIES: &str = "no entry is left over";

/// A shop in which it does harm, and the invariant that it breaks.
fn harm(mutation: Mutation) -> (Shop, &'static str) {
    let good = || one(Some(Card::Good));
    let two = || competing(Some(Card::Good)).among(PLAIN);
    match mutation {
        Mutation::SkipGate | Mutation::ConfirmAfterEnd => (good(), SETTLED),
        Mutation::ExpirePaid | Mutation::RefundUnpaid => (good(), SETTLED),
        Mutation::ReserveUnseen => (two(), UNITS),
        Mutation::ReturnTwice => (good(), UNITS),
        Mutation::ForgetEarlyEnd | Mutation::ForgetSale => (good(), HOLDS),
        Mutation::HoldUnseen => {
            let mut shop = two().with_coupon(100);
            shop.stock = vec![2];
            (shop, COUPON)
        }
        Mutation::AwaitTooEarly => (one(None).with_coupon(100), HOLDS),
        Mutation::ForgetTimeout => (good(), TIMEOUT),
        Mutation::ForgetLateRefund | Mutation::IgnoreLateCapture => (good(), MONEY),
        Mutation::ForgetDiscount => (good().with_coupon(100), TWICE),
        Mutation::ForgetEarlyVoid | Mutation::VoidUnseen => (one(None), INTENTS),
        Mutation::ChargeVoided => (one(None).then(Card::Good), ENTRIES),
        Mutation::FreshKeys => (good().with(DYING), TWICE),
        Mutation::ConfirmAnyAmount => (one(None).with(LOWERED), FULL),
        Mutation::ForgetPoll => (good().with(DYING), ASKED),
        Mutation::LeaveOverdue => (good().with(DYING), INTENTS),
        Mutation::LeaveUnpaid => (one(Some(Card::SlowBad)), INTENTS),
        Mutation::VoidUnnamed => (one(Some(Card::Slow)).with(DYING), MONEY),
    }
}

#[test]
fn whatever_is_done_wrongly_is_found() {
    for mutation in Mutation::ALL {
        let (mut shop, invariant) = harm(mutation);
        shop.mutation = Some(mutation);
        let walk = walk(shop);
        let found: Vec<_> = walk.violated.keys().collect();
        assert!(
            found.contains(&&invariant),
            "{mutation:?} breaks {found:?}, not {invariant:?}"
        );
    }
}

#[test]
fn without_it_nothing_is_found() {
    for mutation in Mutation::ALL {
        let (shop, _) = harm(mutation);
        let walk = walk(shop);
        assert!(
            walk.violated.is_empty(),
            "{mutation:?}: {:?}",
            walk.violated
        );
    }
}
