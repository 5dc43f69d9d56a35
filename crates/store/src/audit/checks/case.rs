//! Input and result of the checks of one order.

use contracts::Service;
use streamward::Partition;

use crate::audit::{
    drift::{Drift, MissedEvent, Resend},
    scan::row::{Order, Row},
};

/// Grace period in milliseconds before work in progress counts as lost.
pub(crate) const GRACE: u64 = 60_000;

/// A possible drift: confirmed unless a service is still working on it.
pub(crate) struct Suspect {
    pub(crate) drift: Drift,
    /// Services that may still resolve it.
    pub(crate) hands: Vec<Service>,
    /// Counts only while these services run.
    pub(crate) must_run: bool,
}

/// An order's state, its partition, and the server's time of the read.
pub(crate) struct Case<'a> {
    pub(crate) partition: &'a Partition,
    pub(crate) row: &'a Row,
    pub(crate) now: u64,
}

impl Case<'_> {
    /// Nothing has happened to the order for so long that nothing is under way any more.
    pub(crate) fn is_quiet(&self, order: &Order) -> bool {
        order.changed + GRACE < self.now
    }

    /// The time to pay is long over, or never ran.
    pub(crate) fn is_past_due(&self, order: &Order) -> bool {
        order.due.is_none_or(|due| due + GRACE < self.now)
    }

    /// Returns the plan to resend to `to` the event that it missed.
    pub(crate) fn resend(
        &self,
        order: &Order,
        subject: (String, &'static str, String),
        to: Service,
        news: MissedEvent,
    ) -> Resend {
        Resend {
            order: self.row.id.clone(),
            steps: order.steps.clone(),
            status: order.status,
            subject,
            to,
            news,
        }
    }
}

/// Returns a suspect that is a drift unless the order or payment service still has to handle it.
pub(crate) fn unless_in_progress(drift: Drift) -> Suspect {
    Suspect {
        drift,
        hands: vec![Service::Order, Service::Payment],
        must_run: false,
    }
}

/// Returns a suspect that is a drift in any case.
pub(crate) fn certain(drift: Drift) -> Suspect {
    Suspect {
        drift,
        hands: Vec::new(),
        must_run: false,
    }
}

/// Returns a suspect that is a drift once these services run and have settled their events.
pub(crate) fn at_work(drift: Drift, hands: Vec<Service>) -> Suspect {
    Suspect {
        drift,
        hands,
        must_run: true,
    }
}
