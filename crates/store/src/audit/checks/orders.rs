//! Rules 4 and 5: no order waits past its deadline, and every confirmed order has a notification.

use contracts::{OrderStatus, Service, event::NotificationKind};

use super::{
    case::{Case, Suspect, at_work},
    payments,
};
use crate::{
    audit::{
        drift::{Drift, Kind, MissedEvent, Plan, Resend},
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
        let drift = Drift::by_hand(5, key, Kind::NotNotified, problem, how);
        found.push(at_work(drift.planned(Plan::Resend(vec![resend])), vec![to]));
    }

    /// Checks rule 4.
    pub(crate) fn deadline(&self, order: &Order, found: &mut Vec<Suspect>) {
        let (hands, resends) = match order.status {
            OrderStatus::Placed if self.is_quiet(order) => {
                let mut hands = vec![Service::Order, Service::Inventory];
                hands.extend(order.has_coupon.then_some(Service::Promotion));
                (hands, self.missing_answers(order))
            }
            OrderStatus::AwaitingPayment if self.is_past_due(order) => {
                let captured = self.row.payment.as_ref();
                let captured = captured.filter(|one| one.status == "succeeded");
                // Money in hand is decided on first; rule 2 names it too.
                let news = captured.map_or(MissedEvent::Timeout, |one| {
                    MissedEvent::Captured(one.captured)
                });
                let key = keys::order(self.partition, &self.row.id);
                let subject = (key, "status", order.status.name().to_owned());
                let resend = self.resend(order, subject, Service::Order, news);
                (vec![Service::Order], vec![resend])
            }
            OrderStatus::Refunding if self.is_quiet(order) => {
                let hands = vec![Service::Order, Service::Payment];
                (hands, payments::missing_refund(self, order))
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
        let how = if resends.is_empty() {
            format!(
                "look at `streamward order {id}` and `streamward dead list`, and replay what died"
            )
        } else {
            let names: Vec<&str> = resends.iter().map(|resend| resend.to.name()).collect();
            format!("resend the missed event to {}", names.join(" and "))
        };
        let mut drift = Drift::by_hand(4, key, Kind::Overdue, problem, how);
        if !resends.is_empty() {
            drift = drift.planned(Plan::Resend(resends));
        }
        found.push(at_work(drift, hands));
    }

    /// Returns the events that a placed order waits for: its own to the services that did not reply, their
    /// replies to the order service.
    fn missing_answers(&self, order: &Order) -> Vec<Resend> {
        let mut resends = Vec::new();
        let reservation = self.row.reservation.as_ref().map_or("", |one| &one.state);
        let subject = |key: String, state: &str| (key, "state", state.to_owned());
        let key = keys::reservation(self.partition, &self.row.id);
        let at = subject(key, reservation);
        match reservation {
            "" => resends.push(self.resend(order, at, Service::Inventory, MissedEvent::Placed)),
            "held" => resends.push(self.resend(order, at, Service::Order, MissedEvent::Reserved)),
            _ => return Vec::new(),
        }
        if !order.has_coupon {
            return resends;
        }
        let key = keys::coupon_hold(self.partition, &self.row.id);
        match &self.row.hold {
            None => {
                let at = subject(key, "");
                resends.push(self.resend(order, at, Service::Promotion, MissedEvent::Placed));
            }
            Some(hold) => {
                let at = subject(key, &hold.state);
                let Some(code) = hold.code.clone().filter(|_| hold.state == "held") else {
                    return Vec::new();
                };
                let discount = hold.discount;
                let news = MissedEvent::CouponHeld { code, discount };
                resends.push(self.resend(order, at, Service::Order, news));
            }
        }
        resends
    }
}
