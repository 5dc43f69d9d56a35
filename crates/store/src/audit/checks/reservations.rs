//! Rule 3 for one order: its reservation and its coupon's hold end as the order does.

use contracts::{OrderStatus, Service};

use super::case::{Case, Suspect, certain, once_settled};
use crate::{
    audit::{
        drift::{Drift, Kind, MissedEvent},
        scan::row::Order,
    },
    keys,
};

/// A hold of a service for an order: units of stock, or a use of a coupon.
struct Held<'a> {
    key: String,
    state: &'a str,
    /// Its state for a confirmed order.
    taken: &'static str,
    what: &'static str,
    alone: Kind,
    end: Kind,
    holder: Service,
}

impl Case<'_> {
    fn held(&self) -> impl Iterator<Item = Held<'_>> {
        let (partition, id) = (self.partition, &self.row.id);
        let reservation = self.row.reservation.as_ref().map(|one| Held {
            key: keys::reservation(partition, id),
            state: &one.state,
            taken: "sold",
            what: "reservation",
            alone: Kind::ReservationAlone,
            end: Kind::ReservationEnd,
            holder: Service::Inventory,
        });
        let hold = self.row.hold.as_ref().map(|one| Held {
            key: keys::coupon_hold(partition, id),
            state: &one.state,
            taken: "redeemed",
            what: "hold",
            alone: Kind::HoldAlone,
            end: Kind::HoldEnd,
            holder: Service::Promotion,
        });
        reservation.into_iter().chain(hold)
    }

    /// Checks for holds of an order that does not exist.
    pub(crate) fn alone(&self, found: &mut Vec<Suspect>) {
        let id = &self.row.id;
        for held in self.held() {
            let problem = format!("{} without an order", held.state);
            let what = held.what;
            let how = format!(
                "find out what became of order {id}; the {what} goes with it: nothing is made up here"
            );
            found.push(certain(Drift::by_hand(held.alone, held.key, problem, how)));
        }
    }

    /// Checks that every hold ended as the order did; the repair sends the final event again.
    pub(crate) fn holds(&self, order: &Order, found: &mut Vec<Suspect>) {
        for held in self.held() {
            if held.state == held.wanted(order.status) {
                continue;
            }
            let holder = held.holder;
            let problem = format!("{} for an order that is {}", held.state, order.status);
            let drift = if let Some(event) = held.missed(order.status) {
                let how =
                    format!("resend the order's end to {holder}; its script ends the reservation");
                let subject = (held.key.clone(), "state", held.state.to_owned());
                let resend = self.resend(order, subject, holder, event);
                Drift::by_hand(held.end, held.key, problem, how).resending(vec![resend])
            } else {
                let id = &self.row.id;
                let how = format!(
                    "what was given back may be somebody else's by now: cancel or refund the order \
                     (POST /v1/orders/{id}/cancel or /refund)"
                );
                Drift::by_hand(held.end, held.key, problem, how)
            };
            found.push(once_settled(drift, vec![holder]));
        }
    }
}

impl Held<'_> {
    /// Returns the state that it must have for an order status.
    const fn wanted(&self, status: OrderStatus) -> &'static str {
        match status {
            OrderStatus::Placed | OrderStatus::AwaitingPayment => "held",
            OrderStatus::Confirmed | OrderStatus::Refunding => self.taken,
            OrderStatus::Rejected | OrderStatus::Cancelled | OrderStatus::Refunded => "returned",
        }
    }

    /// Returns the event that its service missed; `None` for units or uses that were given back.
    fn missed(&self, status: OrderStatus) -> Option<MissedEvent> {
        let is_held = self.state == "held";
        match status {
            OrderStatus::Refunded => Some(MissedEvent::Refunded),
            OrderStatus::Confirmed | OrderStatus::Refunding => {
                is_held.then_some(MissedEvent::Confirmed)
            }
            OrderStatus::Rejected if is_held => Some(MissedEvent::Rejected),
            OrderStatus::Cancelled if is_held => Some(MissedEvent::Cancelled),
            // Only this event takes back what is sold or used.
            OrderStatus::Rejected | OrderStatus::Cancelled => Some(MissedEvent::Refunded),
            OrderStatus::Placed | OrderStatus::AwaitingPayment => None,
        }
    }
}
