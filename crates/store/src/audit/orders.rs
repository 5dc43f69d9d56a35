//! Rules 2 to 5 for one order.

use contracts::{OrderStatus, Service, event::NotificationKind};
use streamward::Partition;

use super::{
    drift::{Drift, Kind, News, Plan, Tell},
    money,
    row::{Order, Row},
};
use crate::keys;

/// Grace period in milliseconds before work in progress counts as lost.
pub(super) const GRACE: u64 = 60_000;

/// A possible drift: confirmed unless a service is still working on it.
pub(super) struct Suspect {
    pub(super) drift: Drift,
    /// Services that may still resolve it.
    pub(super) hands: Vec<Service>,
    /// Whether it counts only while they run.
    pub(super) must_run: bool,
}

/// An order's state, its partition, and the server's time of the read.
pub(super) struct Case<'a> {
    pub(super) partition: &'a Partition,
    pub(super) row: &'a Row,
    pub(super) now: u64,
}

impl Case<'_> {
    /// Everything that is wrong with the order.
    pub(super) fn judge(&self) -> Vec<Suspect> {
        let mut found = Vec::new();
        money::judge(self, &mut found);
        match &self.row.order {
            None => self.alone(&mut found),
            Some(order) => {
                if self.is_quiet(order) {
                    self.reservation(order, &mut found);
                    self.hold(order, &mut found);
                    self.told(order, &mut found);
                }
                self.deadline(order, &mut found);
            }
        }
        found
    }

    /// Nothing has happened to the order for so long that nothing is under way any more.
    pub(super) fn is_quiet(&self, order: &Order) -> bool {
        order.changed + GRACE < self.now
    }

    /// The time to pay is long over, or never ran.
    pub(super) fn is_past_due(&self, order: &Order) -> bool {
        order.due.is_none_or(|due| due + GRACE < self.now)
    }

    /// Telling `to` again what it has missed.
    pub(super) fn tell(
        &self,
        order: &Order,
        subject: (String, &'static str, String),
        to: Service,
        news: News,
    ) -> Tell {
        Tell {
            order: self.row.id.clone(),
            steps: order.steps.clone(),
            status: order.status,
            subject,
            to,
            news,
        }
    }

    fn told(&self, order: &Order, found: &mut Vec<Suspect>) {
        let kind = NotificationKind::OrderConfirmed.name();
        let mut marks = self.row.told.split(' ');
        if order.status != OrderStatus::Confirmed || marks.any(|mark| mark.starts_with(kind)) {
            return;
        }
        let key = keys::sent(self.partition, &self.row.id);
        let problem = format!("confirmed, but no {kind} was sent");
        let how =
            "tell notification again; see also `streamward dead list notification`".to_owned();
        let subject = (key.clone(), "orderConfirmed:email", String::new());
        let to = Service::Notification;
        let tell = self.tell(order, subject, to, News::Confirmed);
        let drift = Drift::by_hand(5, key, Kind::Untold, problem, how);
        found.push(at_work(drift.planned(Plan::Tell(vec![tell])), vec![to]));
    }

    /// Rule 4.
    fn deadline(&self, order: &Order, found: &mut Vec<Suspect>) {
        let (hands, tells) = match order.status {
            OrderStatus::Placed if self.is_quiet(order) => {
                let mut hands = vec![Service::Order, Service::Inventory];
                hands.extend(order.has_coupon.then_some(Service::Promotion));
                (hands, self.missing_answers(order))
            }
            OrderStatus::AwaitingPayment if self.is_past_due(order) => {
                let captured = self.row.payment.as_ref();
                let captured = captured.filter(|one| one.status == "succeeded");
                // Money in hand is decided on first; rule 2 names it too.
                let news = captured.map_or(News::Timeout, |one| News::Captured(one.captured));
                let key = keys::order(self.partition, &self.row.id);
                let subject = (key, "status", order.status.name().to_owned());
                let tell = self.tell(order, subject, Service::Order, news);
                (vec![Service::Order], vec![tell])
            }
            OrderStatus::Refunding if self.is_quiet(order) => {
                let hands = vec![Service::Order, Service::Payment];
                (hands, money::missing_refund(self, order))
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
        let how = if tells.is_empty() {
            format!(
                "look at `streamward order {id}` and `streamward dead list`, and replay what died"
            )
        } else {
            let names: Vec<&str> = tells.iter().map(|tell| tell.to.name()).collect();
            format!("tell {} again what it has missed", names.join(" and "))
        };
        let mut drift = Drift::by_hand(4, key, Kind::Overdue, problem, how);
        if !tells.is_empty() {
            drift = drift.planned(Plan::Tell(tells));
        }
        found.push(at_work(drift, hands));
    }

    /// A placed order waits for answers: who has not given one is asked again, and the order service is
    /// told of those that were given.
    fn missing_answers(&self, order: &Order) -> Vec<Tell> {
        let mut tells = Vec::new();
        let reservation = self.row.reservation.as_ref().map_or("", |one| &one.state);
        let subject = |key: String, state: &str| (key, "state", state.to_owned());
        let key = keys::reservation(self.partition, &self.row.id);
        let at = subject(key, reservation);
        match reservation {
            "" => tells.push(self.tell(order, at, Service::Inventory, News::Placed)),
            "held" => tells.push(self.tell(order, at, Service::Order, News::Reserved)),
            _ => return Vec::new(),
        }
        if !order.has_coupon {
            return tells;
        }
        let key = keys::coupon_hold(self.partition, &self.row.id);
        match &self.row.hold {
            None => {
                let at = subject(key, "");
                tells.push(self.tell(order, at, Service::Promotion, News::Placed));
            }
            Some(hold) => {
                let at = subject(key, &hold.state);
                let Some(code) = hold.code.clone().filter(|_| hold.state == "held") else {
                    return Vec::new();
                };
                let discount = hold.discount;
                let news = News::CouponHeld { code, discount };
                tells.push(self.tell(order, at, Service::Order, news));
            }
        }
        tells
    }
}

/// Wrong whoever is at work.
pub(super) fn certain(drift: Drift) -> Suspect {
    Suspect {
        drift,
        hands: Vec::new(),
        must_run: false,
    }
}

/// Wrong when these services run and are done with it.
pub(super) fn at_work(drift: Drift, hands: Vec<Service>) -> Suspect {
    Suspect {
        drift,
        hands,
        must_run: true,
    }
}
