//! A coupon's hold ends once: used or returned, whatever comes first, and however often.

use std::sync::Arc;

use contracts::{Coupon, Discount, OrderDocument, OrderId, Service};
use store::{
    Step,
    promotion::{self, Ending, Held, HoldEnd},
};
use tokio::{sync::Barrier, task::JoinSet};

use crate::support::{Effect, Shop, coupon, doc_with, line, unknown_order};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Op {
    Hold,
    End(Ending),
}

const OPS: [Op; 4] = [
    Op::Hold,
    Op::End(Ending::Redeemed),
    Op::End(Ending::Returned),
    Op::End(Ending::Refunded),
];

async fn opened() -> (Shop, OrderDocument) {
    let shop = Shop::open().await;
    shop.offer(&coupon("TEN", Discount::Percent(10))).await;
    (shop, doc_with("TEN", &[line("mug", 1)]))
}

/// The customer's uses and holds of the coupon.
async fn taken(shop: &Shop, doc: &OrderDocument) -> u64 {
    let key = format!("sw:{{0}}:promotion:customer:{}", doc.customer_id);
    shop.redis::<Option<u64>>(&["HGET", &key, "TEN"])
        .await
        .unwrap_or(0)
}

#[tokio::test]
async fn a_used_coupon_stays_used() {
    let (shop, doc) = opened().await;
    let order = unknown_order();
    shop.hold_coupon(&order, &doc).await;
    let (answer, effect) = shop.settle_coupon(&order, &doc, Ending::Redeemed).await;
    assert_eq!(answer, HoldEnd::Ended);
    effect.settled_and_wrote(&["promotion:coupon:*", "promotion:hold:*"]);
    assert_eq!(shop.counts("TEN").await, (0, 1));
    assert_eq!(taken(&shop, &doc).await, 1);
    for again in [Ending::Redeemed, Ending::Returned] {
        let late = shop.settle_coupon(&order, &doc, again).await;
        assert_eq!(late, (HoldEnd::Late, Effect::SETTLED));
    }
}

#[tokio::test]
async fn a_used_coupon_of_a_refunded_order_is_free_again() {
    let (shop, doc) = opened().await;
    let order = unknown_order();
    shop.hold_coupon(&order, &doc).await;
    shop.settle_coupon(&order, &doc, Ending::Redeemed).await;
    let (answer, effect) = shop.settle_coupon(&order, &doc, Ending::Refunded).await;
    assert_eq!(answer, HoldEnd::Ended);
    effect.settled_and_wrote(&[
        "promotion:coupon:*",
        "promotion:customer:*",
        "promotion:hold:*",
    ]);
    assert_eq!(shop.counts("TEN").await, (0, 0));
    assert_eq!(taken(&shop, &doc).await, 0);
    for again in [Ending::Redeemed, Ending::Returned, Ending::Refunded] {
        let late = shop.settle_coupon(&order, &doc, again).await;
        assert_eq!(late, (HoldEnd::Late, Effect::SETTLED));
    }
}

#[tokio::test]
async fn a_returned_coupon_is_free_again() {
    let (shop, doc) = opened().await;
    let order = unknown_order();
    shop.hold_coupon(&order, &doc).await;
    let (answer, effect) = shop.settle_coupon(&order, &doc, Ending::Returned).await;
    assert_eq!(answer, HoldEnd::Ended);
    effect.settled_and_wrote(&[
        "promotion:coupon:*",
        "promotion:customer:*",
        "promotion:hold:*",
    ]);
    assert_eq!(shop.counts("TEN").await, (0, 0));
    assert_eq!(taken(&shop, &doc).await, 0);
    for again in [Ending::Redeemed, Ending::Returned] {
        let late = shop.settle_coupon(&order, &doc, again).await;
        assert_eq!(late, (HoldEnd::Late, Effect::SETTLED));
    }
}

/// Every sequence of one to four operations.
fn sequences() -> Vec<Vec<Op>> {
    let mut all: Vec<Vec<Op>> = Vec::new();
    let mut last: Vec<Vec<Op>> = vec![Vec::new()];
    for _ in 0..4 {
        last = last
            .iter()
            .flat_map(|start| OPS.map(|op| [&start[..], &[op]].concat()))
            .collect();
        all.extend_from_slice(&last);
    }
    all
}

/// Runs one operation on a delivery of its own, twice; says whether it did anything.
async fn run(shop: &Shop, order: &OrderId, doc: &OrderDocument, op: Op) -> bool {
    let cause = shop.about(order, "orders", Service::Promotion).await;
    let code = doc.coupon.as_ref().unwrap();
    let step = || shop.at(&cause, order);
    match op {
        Op::Hold => {
            let first = promotion::hold_coupon(step(), doc, code).await.unwrap();
            let second = promotion::hold_coupon(step(), doc, code).await.unwrap();
            assert_eq!(second, Held::Stale);
            first == Held::Held
        }
        Op::End(end) => {
            let first = promotion::end_coupon_hold(step(), doc, code, end)
                .await
                .unwrap();
            let second = promotion::end_coupon_hold(step(), doc, code, end)
                .await
                .unwrap();
            assert_eq!(second, HoldEnd::Stale);
            first == HoldEnd::Ended
        }
    }
}

/// The state of an order's coupon hold.
#[derive(Clone, Copy, Debug, PartialEq)]
enum HoldState {
    New,
    Held,
    Used,
    Free,
}

/// Returns the state after an operation; a late operation changes nothing.
const fn after(state: HoldState, op: Op) -> HoldState {
    match (state, op) {
        (HoldState::New, Op::Hold) => HoldState::Held,
        (HoldState::Held, Op::End(Ending::Redeemed)) => HoldState::Used,
        // An end before the beginning leaves a mark that keeps the beginning out.
        (HoldState::New, Op::End(_))
        | (HoldState::Held, Op::End(Ending::Returned | Ending::Refunded))
        | (HoldState::Used, Op::End(Ending::Refunded)) => HoldState::Free,
        (state, Op::Hold | Op::End(_)) => state,
    }
}

#[tokio::test]
async fn every_sequence_counts_each_order_at_most_once() {
    let (shop, doc) = opened().await;
    let (mut holds, mut uses) = (0_u64, 0_u64);
    for sequence in sequences() {
        let order = unknown_order();
        let mut state = HoldState::New;
        for op in &sequence {
            let next = after(state, *op);
            let marked = (state, next) == (HoldState::New, HoldState::Free);
            let did = run(&shop, &order, &doc, *op).await;
            assert_eq!(did, state != next && !marked, "{op:?} in {sequence:?}");
            holds =
                holds + u64::from(next == HoldState::Held) - u64::from(state == HoldState::Held);
            uses = uses + u64::from(next == HoldState::Used) - u64::from(state == HoldState::Used);
            state = next;
            assert_eq!(shop.counts("TEN").await, (holds, uses), "{sequence:?}");
            assert_eq!(taken(&shop, &doc).await, holds + uses, "{sequence:?}");
        }
    }
}

const ORDERS: usize = 50;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_orders_at_once_get_exactly_the_uses_there_are() {
    let shop = Shop::open().await;
    let terms = Coupon {
        max_uses: Some(7),
        ..coupon("SEVEN", Discount::Percent(10))
    };
    shop.offer(&terms).await;
    let start = Arc::new(Barrier::new(ORDERS));
    let mut tasks = JoinSet::new();
    for _ in 0..ORDERS {
        let (order, doc) = (unknown_order(), doc_with("SEVEN", &[line("mug", 1)]));
        let cause = shop.about(&order, "orders", Service::Promotion).await;
        let (runtime, start) = (shop.runtime.clone(), Arc::clone(&start));
        let code = terms.code.clone();
        tasks.spawn(async move {
            start.wait().await;
            let step = Step::new(&runtime, &cause, &order).unwrap();
            promotion::hold_coupon(step, &doc, &code).await.unwrap()
        });
    }
    let answers = tasks.join_all().await;
    let count = |wanted| answers.iter().filter(|one| **one == wanted).count();
    assert_eq!((count(Held::Held), count(Held::Rejected)), (7, ORDERS - 7));
    assert_eq!(shop.counts("SEVEN").await, (7, 0));
}
