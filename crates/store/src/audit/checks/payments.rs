//! Rule 2: confirmed orders are paid in full, and captured money belongs to one or goes back.
//!
//! A repair never creates money: it requests a refund of the captured amount, or resends an event that
//! the payment's state proves. Everything else needs a manual repair.

use contracts::{OrderStatus, Service};

use super::case::{Case, Suspect, certain, unless_in_progress};
use crate::{
    audit::{
        drift::{Drift, Kind, MissedEvent, Resend},
        scan::row::{Order, Payment},
    },
    keys,
};

/// Checks rule 2.
pub(crate) fn check(case: &Case<'_>, found: &mut Vec<Suspect>) {
    let payment = case.row.payment.as_ref();
    let kept = payment.map_or(0, |payment| payment.captured - payment.refunded);
    let id = &case.row.id;
    match (&case.row.order, payment) {
        (Some(order), _) if order.status == OrderStatus::Confirmed => {
            if kept != order.total {
                let key = keys::order(case.partition, id);
                let problem = format!("confirmed for {}, captured {kept}", order.total);
                let how = format!(
                    "compare with the provider's payment of `streamward order {id}`; POST \
                     /v1/orders/{id}/refund pays back what was captured"
                );
                found.push(certain(Drift::by_hand(Kind::NotPaid, key, problem, how)));
            }
        }
        (Some(order), Some(payment)) if kept != 0 => {
            if case.is_quiet(order) && case.is_past_due(order) {
                found.push(kept_money(case, order, payment, kept));
            }
        }
        (None, Some(payment)) if kept != 0 => {
            let key = keys::payment(case.partition, id);
            let problem = format!("{} captured without an order", payment.captured);
            let how = "refund it at the provider: nothing here knows whom it belongs to".to_owned();
            found.push(certain(Drift::by_hand(Kind::MoneyAlone, key, problem, how)));
        }
        (Some(_) | None, _) => {}
    }
}

/// Money that should have gone back, or should have confirmed the order.
fn kept_money(case: &Case<'_>, order: &Order, payment: &Payment, kept: i64) -> Suspect {
    let key = keys::payment(case.partition, &case.row.id);
    let problem = format!("{kept} captured for an order that is {}", order.status);
    let is_whole = payment.status == "succeeded" && payment.refunded == 0;
    let (event, to, how) = match order.status {
        OrderStatus::AwaitingPayment if is_whole => (
            MissedEvent::Captured(payment.captured),
            Service::Order,
            "resend the payment to order: it confirms the order or asks for a refund",
        ),
        OrderStatus::Rejected
        | OrderStatus::Cancelled
        | OrderStatus::Refunding
        | OrderStatus::Refunded
            if is_whole =>
        {
            (
                MissedEvent::RefundRequested,
                Service::Payment,
                "ask payment for the refund: OrderRefundRequested",
            )
        }
        OrderStatus::Placed
        | OrderStatus::AwaitingPayment
        | OrderStatus::Confirmed
        | OrderStatus::Rejected
        | OrderStatus::Cancelled
        | OrderStatus::Refunding
        | OrderStatus::Refunded => {
            let how = "compare with the provider, and refund the rest there".to_owned();
            let drift = Drift::by_hand(Kind::MoneyKept, key, problem, how);
            return unless_in_progress(drift);
        }
    };
    let subject = (key.clone(), "status", payment.status.clone());
    let resend = case.resend(order, subject, to, event);
    let drift = Drift::by_hand(Kind::MoneyKept, key, problem, how.to_owned());
    unless_in_progress(drift.resending(vec![resend]))
}

/// Returns the events that an order in `refunding` has missed.
pub(crate) fn missing_refund(case: &Case<'_>, order: &Order) -> Vec<Resend> {
    let Some(payment) = &case.row.payment else {
        return Vec::new();
    };
    let (to, event) = match payment.status.as_str() {
        "succeeded" => (Service::Payment, MissedEvent::RefundRequested),
        "refunded" => (Service::Order, MissedEvent::PaidBack(payment.refunded)),
        _ => return Vec::new(),
    };
    let key = keys::payment(case.partition, &case.row.id);
    let subject = (key, "status", payment.status.clone());
    vec![case.resend(order, subject, to, event)]
}
