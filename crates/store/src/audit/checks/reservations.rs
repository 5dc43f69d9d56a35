//! Rule 3 for one order: its holds end as the order does.

use contracts::{OrderStatus, Service};

use super::case::{Case, Suspect, at_work, certain};
use crate::{
    audit::{
        drift::{Drift, Kind, MissedEvent, Plan},
        scan::row::Order,
    },
    keys,
};

impl Case<'_> {
    /// Checks for holds of an order that does not exist.
    pub(crate) fn alone(&self, found: &mut Vec<Suspect>) {
        let id = &self.row.id;
        let of_reservation = self.row.reservation.as_ref().map(|one| &one.state);
        let of_hold = self.row.hold.as_ref().map(|one| &one.state);
        let how = |what: &str| {
            format!(
                "find out what became of order {id}; the {what} goes with it: nothing is made up here"
            )
        };
        if let Some(state) = of_reservation {
            let key = keys::reservation(self.partition, id);
            let problem = format!("{state} without an order");
            let how = how("reservation");
            found.push(certain(Drift::by_hand(
                3,
                key,
                Kind::ReservationAlone,
                problem,
                how,
            )));
        }
        if let Some(state) = of_hold {
            let key = keys::coupon_hold(self.partition, id);
            let problem = format!("{state} without an order");
            found.push(certain(Drift::by_hand(
                3,
                key,
                Kind::HoldAlone,
                problem,
                how("hold"),
            )));
        }
    }

    pub(crate) fn reservation(&self, order: &Order, found: &mut Vec<Suspect>) {
        let Some(reservation) = &self.row.reservation else {
            return;
        };
        let wanted = wanted(order.status, "sold");
        let state = reservation.state.as_str();
        if state == wanted {
            return;
        }
        let key = keys::reservation(self.partition, &self.row.id);
        let problem = format!("{state} for an order that is {}", order.status);
        self.ended_otherwise(
            order,
            key,
            Kind::ReservationEnd,
            (problem, state),
            Service::Inventory,
            found,
        );
    }

    pub(crate) fn hold(&self, order: &Order, found: &mut Vec<Suspect>) {
        let Some(hold) = &self.row.hold else {
            return;
        };
        let state = hold.state.as_str();
        if state == wanted(order.status, "redeemed") {
            return;
        }
        let key = keys::coupon_hold(self.partition, &self.row.id);
        let problem = format!("{state} for an order that is {}", order.status);
        self.ended_otherwise(
            order,
            key,
            Kind::HoldEnd,
            (problem, state),
            Service::Promotion,
            found,
        );
    }

    /// Adds a drift for a hold that did not end as the order did; the repair sends the final event again.
    fn ended_otherwise(
        &self,
        order: &Order,
        key: String,
        kind: Kind,
        (problem, state): (String, &str),
        to: Service,
        found: &mut Vec<Suspect>,
    ) {
        let is_taken = state != "held";
        let news = match order.status {
            OrderStatus::Confirmed | OrderStatus::Refunding if state == "held" => {
                MissedEvent::Confirmed
            }
            OrderStatus::Rejected if state == "held" => MissedEvent::Rejected,
            OrderStatus::Cancelled if state == "held" => MissedEvent::Cancelled,
            OrderStatus::Refunded => MissedEvent::Refunded,
            // Only this takes back what is sold or used.
            OrderStatus::Rejected | OrderStatus::Cancelled if is_taken => MissedEvent::Refunded,
            OrderStatus::Placed
            | OrderStatus::AwaitingPayment
            | OrderStatus::Confirmed
            | OrderStatus::Rejected
            | OrderStatus::Cancelled
            | OrderStatus::Refunding => {
                let id = &self.row.id;
                let how = format!(
                    "what was given back may be somebody else's by now: cancel or refund the order \
                     (POST /v1/orders/{id}/cancel or /refund)"
                );
                let drift = Drift::by_hand(3, key, kind, problem, how);
                found.push(at_work(drift, vec![to]));
                return;
            }
        };
        let how = format!("resend the order's end to {to}; its script ends the reservation");
        let subject = (key.clone(), "state", state.to_owned());
        let resend = self.resend(order, subject, to, news);
        let drift = Drift::by_hand(3, key, kind, problem, how).planned(Plan::Resend(vec![resend]));
        found.push(at_work(drift, vec![to]));
    }
}

/// Returns the state that a hold must have for an order status; `taken` for a confirmed order.
fn wanted(status: OrderStatus, taken: &'static str) -> &'static str {
    match status {
        OrderStatus::Placed | OrderStatus::AwaitingPayment => "held",
        OrderStatus::Confirmed | OrderStatus::Refunding => taken,
        OrderStatus::Rejected | OrderStatus::Cancelled | OrderStatus::Refunded => "returned",
    }
}
