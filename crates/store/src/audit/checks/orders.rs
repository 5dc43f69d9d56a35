//! Rules 4 and 5: no order waits past its deadline, and every confirmed order has a notification.

use contracts::{OrderStatus, Service, event::NotificationKind};

use super::{
    case::{Case, Suspect, once_settled},
    payments,
};
use crate::{
    audit::{
        drift::{Drift, Kind, MissedEvent, Resend},
        scan::row::Order,
    },
    keys,
};

impl Case<'_> {
    /// Checks rule 5.
    pub(crate) fn notified(&self, order: &Order, found: &mut Vec<Suspect>) {
        let kind = NotificationKind::OrderConfirmed.name();
        let mut marks = self.row.sent.split(' ');
        if order.status != OrderStatus::Confirmed || marks.any(|mark| mark.starts_with(kind)) {
            return;
        }
        let key = keys::sent(self.partition, &self.row.id);
        let problem = format!("confirmed, but no {kind} was sent");
        let how =
            "resend OrderConfirmed to notification; see also `streamward dead list notification`"
                .to_owned();
        let subject = (key.clone(), "orderConfirmed:email", String::new());
        let to = Service::Notification;
        let resend = self.resend(order, subject, to, MissedEvent::Confirmed);
        let drift = Drift::by_hand(Kind::NotNotified, key, problem, how);
        found.push(once_settled(drift.resending(vec![resend]), vec![to]));
    }

    /// Checks rule 4.
    pub(crate) fn deadline(&self, order: &Order, found: &mut Vec<Suspect>) {
        let (services, missed) = match order.status {
            OrderStatus::Placed if self.is_quiet(order) => {
                let mut services = vec![Service::Order, Service::Inventory];
                services.extend(order.has_coupon.then_some(Service::Promotion));
                (services, self.missing_answers(order))
            }
            OrderStatus::AwaitingPayment if self.is_past_due(order) => {
                let captured = self.row.payment.as_ref();
                let captured = captured.filter(|one| one.status == "succeeded");
                // Captured money comes first; rule 2 reports it too.
                let event = captured.map_or(MissedEvent::Timeout, |one| {
                    MissedEvent::Captured(one.captured)
                });
                let key = keys::order(self.partition, &self.row.id);
                let subject = (key, "status", order.status.name().to_owned());
                let resend = self.resend(order, subject, Service::Order, event);
                (vec![Service::Order], vec![resend])
            }
            OrderStatus::Refunding if self.is_quiet(order) => {
                let services = vec![Service::Order, Service::Payment];
                (services, payments::missing_refund(self, order))
            }
            OrderStatus::Placed
            | OrderStatus::AwaitingPayment
            | OrderStatus::Refunding
            | OrderStatus::Confirmed
            | OrderStatus::Rejected
            | OrderStatus::Cancelled
            | OrderStatus::Refunded => return,
        };
        let key = keys::order(self.partition, &self.row.id);
        let problem = format!("is {} past its deadline", order.status);
        let id = &self.row.id;
        let how = if missed.is_empty() {
            format!(
                "look at `streamward order {id}` and `streamward dead list`, and replay what died"
            )
        } else {
            let names: Vec<&str> = missed.iter().map(|one| one.to.name()).collect();
            format!("resend the missed event to {}", names.join(" and "))
        };
        let drift = Drift::by_hand(Kind::Overdue, key, problem, how).resending(missed);
        found.push(once_settled(drift, services));
    }

    /// Returns the events that a placed order misses: its own to services without an answer, and
    /// the answers given to the order service.
    fn missing_answers(&self, order: &Order) -> Vec<Resend> {
        let resend = |key, state: &str, to, event| {
            self.resend(order, (key, "state", state.to_owned()), to, event)
        };
        let reservation = self.row.reservation.as_ref().map_or("", |one| &one.state);
        let (to, event) = match reservation {
            "" => (Service::Inventory, MissedEvent::Placed),
            "held" => (Service::Order, MissedEvent::Reserved),
            _ => return Vec::new(),
        };
        let key = keys::reservation(self.partition, &self.row.id);
        let mut missed = vec![resend(key, reservation, to, event)];
        if !order.has_coupon {
            return missed;
        }
        let key = keys::coupon_hold(self.partition, &self.row.id);
        missed.push(match &self.row.hold {
            None => resend(key, "", Service::Promotion, MissedEvent::Placed),
            Some(hold) => {
                let Some(code) = hold.code.clone().filter(|_| hold.state == "held") else {
                    return Vec::new();
                };
                let discount = hold.discount;
                let event = MissedEvent::CouponHeld { code, discount };
                resend(key, &hold.state, Service::Order, event)
            }
        });
        missed
    }
}
