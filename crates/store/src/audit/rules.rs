//! The rules, each a comparison of what two books say.

use std::collections::{BTreeMap, BTreeSet};

use contracts::{OrderStatus, ProductId, Service, event::NotificationKind};

use super::{
    Drift, Report,
    books::{Books, OrderBook},
    coupons,
};
use crate::keys;

/// What is under way may take this long, in milliseconds, before it counts as lost.
const GRACE: u64 = 60_000;

pub(super) fn check(books: &Books, report: &mut Report) {
    report.products += books.stock.len();
    report.orders += books.orders.len();
    report.open += books
        .orders
        .values()
        .filter(|order| !order.status.is_settled())
        .count();
    report.payments += books.payments.len();
    stock(books, report);
    money(books, report);
    reservations(books, report);
    coupons::check(books, report);
    deadlines(books, report);
    told(books, report);
}

pub(super) fn drift(report: &mut Report, rule: u8, key: String, problem: String, repair: &str) {
    report.drifts.push(Drift {
        rule,
        key,
        problem,
        repair: repair.to_owned(),
    });
}

/// Nothing has happened to the order for so long that nothing is under way any more.
pub(super) fn is_quiet(books: &Books, order: &OrderBook) -> bool {
    order.changed + GRACE < books.now
}

/// Rule 1.
fn stock(books: &Books, report: &mut Report) {
    let mut held: BTreeMap<&ProductId, (i64, i64)> = BTreeMap::new();
    for reservation in books.reservations.values() {
        for (product, quantity) in &reservation.lines {
            let sums = held.entry(product).or_default();
            match reservation.state.as_str() {
                "held" => sums.0 += quantity,
                "sold" => sums.1 += quantity,
                _ => {}
            }
        }
    }
    // A product that only reservations know has lost its stock.
    let products: BTreeSet<&ProductId> = books.stock.keys().chain(held.keys().copied()).collect();
    for product in products {
        let stock = books.stock.get(product).copied().unwrap_or_default();
        let key = || keys::stock(&books.partition, product);
        let (reserved, sold) = held.get(product).copied().unwrap_or_default();
        if !stock.balances() {
            let problem = format!("does not add up: {stock:?}");
            drift(
                report,
                1,
                key(),
                problem,
                "set received to available + reserved + sold",
            );
        }
        if stock.reserved != reserved {
            let problem = format!(
                "reserved is {}, held reservations say {reserved}",
                stock.reserved
            );
            drift(
                report,
                1,
                key(),
                problem,
                "move the difference between reserved and available",
            );
        }
        if stock.sold != sold {
            let problem = format!("sold is {}, sold reservations say {sold}", stock.sold);
            drift(
                report,
                1,
                key(),
                problem,
                "move the difference between sold and available",
            );
        }
    }
}

/// Rule 2.
fn money(books: &Books, report: &mut Report) {
    for (id, order) in &books.orders {
        let payment = books.payments.get(id);
        let captured = payment.map_or(0, |payment| payment.captured - payment.refunded);
        if order.status == OrderStatus::Confirmed {
            *report.captured.entry(order.currency.clone()).or_default() += i128::from(captured);
            if captured != order.total {
                let problem = format!("confirmed for {}, captured {captured}", order.total);
                let key = keys::order(&books.partition, id);
                drift(report, 2, key, problem, "capture or refund the difference");
            }
        } else if captured != 0 && is_quiet(books, order) && past_due(books, order) {
            let problem = format!("{captured} captured for an order that is {}", order.status);
            let key = keys::payment(&books.partition, id);
            drift(report, 2, key, problem, "refund the payment");
        }
    }
    for (id, payment) in &books.payments {
        if !books.orders.contains_key(id) && payment.captured != payment.refunded {
            let problem = format!("{} captured without an order", payment.captured);
            let key = keys::payment(&books.partition, id);
            drift(report, 2, key, problem, "refund the payment");
        }
    }
}

fn past_due(books: &Books, order: &OrderBook) -> bool {
    order.due.is_none_or(|due| due + GRACE < books.now)
}

/// Rule 3.
fn reservations(books: &Books, report: &mut Report) {
    for (id, reservation) in &books.reservations {
        let key = || keys::reservation(&books.partition, id);
        let Some(order) = books.orders.get(id) else {
            let problem = format!("{} without an order", reservation.state);
            drift(report, 3, key(), problem, "return the units");
            continue;
        };
        let wanted = match order.status {
            OrderStatus::Placed | OrderStatus::AwaitingPayment => "held",
            OrderStatus::Confirmed | OrderStatus::Refunding => "sold",
            OrderStatus::Rejected | OrderStatus::Cancelled | OrderStatus::Refunded => "returned",
        };
        if reservation.state != wanted
            && is_quiet(books, order)
            && books.running.contains(&Service::Inventory)
        {
            let problem = format!(
                "{} for an order that is {}",
                reservation.state, order.status
            );
            drift(
                report,
                3,
                key(),
                problem,
                "end the reservation as the order ended",
            );
        }
    }
}

/// Rule 4.
fn deadlines(books: &Books, report: &mut Report) {
    let run = |services: &[Service]| services.iter().all(|one| books.running.contains(one));
    for (id, order) in &books.orders {
        let overdue = match order.status {
            OrderStatus::Placed => {
                is_quiet(books, order)
                    && run(&[Service::Order, Service::Inventory])
                    && (!order.has_coupon || run(&[Service::Promotion]))
            }
            OrderStatus::AwaitingPayment => past_due(books, order) && run(&[Service::Order]),
            OrderStatus::Refunding => {
                is_quiet(books, order) && run(&[Service::Order, Service::Payment])
            }
            OrderStatus::Confirmed
            | OrderStatus::Rejected
            | OrderStatus::Cancelled
            | OrderStatus::Refunded => false,
        };
        if overdue {
            let problem = format!("is {} past its deadline", order.status);
            let key = keys::order(&books.partition, id);
            drift(report, 4, key, problem, "replay the service's dead letters");
        }
    }
}

/// Rule 5.
fn told(books: &Books, report: &mut Report) {
    if !books.running.contains(&Service::Notification) {
        return;
    }
    let kind = NotificationKind::OrderConfirmed.name();
    for (id, order) in &books.orders {
        let marks = books.told.get(id).map_or(&[][..], Vec::as_slice);
        let told = marks.iter().any(|mark| mark.starts_with(kind));
        if order.status == OrderStatus::Confirmed && !told && is_quiet(books, order) {
            let problem = format!("confirmed, but no {kind} was sent");
            let key = keys::sent(&books.partition, id);
            drift(
                report,
                5,
                key,
                problem,
                "replay the notification service's dead letters",
            );
        }
    }
}
