//! The books of coupons: every hold ends with its order, and the counters say what the holds say.

use std::collections::BTreeMap;

use contracts::{CouponCode, OrderStatus, Service};

use super::{
    Report,
    books::Books,
    rules::{drift, is_quiet},
};
use crate::keys;

/// Rule 3, of coupons.
pub(super) fn check(books: &Books, report: &mut Report) {
    holds(books, report);
    counters(books, report);
}

fn holds(books: &Books, report: &mut Report) {
    for (id, hold) in &books.coupon_holds {
        let key = || keys::coupon_hold(&books.partition, id);
        let Some(order) = books.orders.get(id) else {
            let problem = format!("{} without an order", hold.state);
            drift(report, 3, key(), problem, "return the coupon");
            continue;
        };
        let wanted = match order.status {
            OrderStatus::Placed | OrderStatus::AwaitingPayment => "held",
            OrderStatus::Confirmed | OrderStatus::Refunding => "redeemed",
            OrderStatus::Rejected | OrderStatus::Cancelled | OrderStatus::Refunded => "returned",
        };
        if hold.state != wanted
            && is_quiet(books, order)
            && books.running.contains(&Service::Promotion)
        {
            let problem = format!("{} for an order that is {}", hold.state, order.status);
            drift(report, 3, key(), problem, "end the hold as the order ended");
        }
    }
}

fn counters(books: &Books, report: &mut Report) {
    let mut sums: BTreeMap<&CouponCode, (i64, i64)> = BTreeMap::new();
    for hold in books.coupon_holds.values() {
        let Some(code) = &hold.code else {
            continue;
        };
        let (held, uses) = sums.entry(code).or_default();
        match hold.state.as_str() {
            "held" => *held += 1,
            "redeemed" => *uses += 1,
            _ => {}
        }
    }
    for (code, coupon) in &books.coupons {
        let key = || keys::coupon(&books.partition, code);
        let (held, uses) = sums.remove(code).unwrap_or_default();
        if (coupon.held, coupon.uses) != (held, uses) {
            let problem = format!(
                "counts {} holds and {} uses, the orders' holds say {held} and {uses}",
                coupon.held, coupon.uses
            );
            drift(report, 3, key(), problem, "set the counters to the holds");
        }
        let all = coupon.held + coupon.uses;
        if let Some(limit) = coupon.limit.filter(|limit| all > *limit) {
            let problem = format!("{all} holds and uses of {limit}");
            drift(
                report,
                3,
                key(),
                problem,
                "raise the limit to what was given",
            );
        }
    }
    // Counters that are gone, though orders hold or used the coupon.
    for (code, (held, uses)) in sums {
        if held + uses > 0 {
            let problem = format!("no counters, the orders' holds say {held} and {uses}");
            let key = keys::coupon(&books.partition, code);
            drift(report, 3, key, problem, "set the counters to the holds");
        }
    }
}
