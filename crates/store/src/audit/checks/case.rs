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
    pub(crate) services: Vec<Service>,
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
    /// Whether the order has not changed within the grace period, so that no step is in progress.
    pub(crate) fn is_quiet(&self, order: &Order) -> bool {
        order.changed + GRACE < self.now
    }

    /// Whether the time to pay has been over for the grace period, or never ran.
    pub(crate) fn is_past_due(&self, order: &Order) -> bool {
        order.due.is_none_or(|due| due + GRACE < self.now)
    }

    /// Sending `event`, which `to` has missed, again.
    pub(crate) fn resend(
        &self,
        order: &Order,
        subject: (String, &'static str, String),
        to: Service,
        event: MissedEvent,
    ) -> Resend {
        Resend {
            order: self.row.id.clone(),
            steps: order.steps.clone(),
            status: order.status,
            subject,
            to,
            event,
        }
    }
}

/// Returns a suspect that is a drift unless the order or payment service still has to handle it.
pub(crate) fn unless_in_progress(drift: Drift) -> Suspect {
    Suspect {
        drift,
        services: vec![Service::Order, Service::Payment],
        must_run: false,
    }
}

/// Returns a suspect that is a drift in any case.
pub(crate) const fn certain(drift: Drift) -> Suspect {
    Suspect {
        drift,
        services: Vec::new(),
        must_run: false,
    }
}

/// Returns a suspect that is a drift once these services run and have settled their events.
pub(crate) const fn once_settled(drift: Drift, services: Vec<Service>) -> Suspect {
    Suspect {
        drift,
        services,
        must_run: true,
    }
}
