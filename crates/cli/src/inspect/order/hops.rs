//! What the time between two events of an order was spent on.
//!
//! An event says when its step began (`at`), and its entry's id when it was written. So the time since
//! the event before is spent first on waiting - in the stream, at the provider, for the customer or for
//! a timer - and then on the step.

use contracts::event::{
    Message, OrderCancelled, OrderPaymentDue, OrderPaymentRequested, OrderRefundRequested,
    PaymentOpened, PaymentProcessed, PaymentRefunded,
};
use serde::Serialize;
use store::order::{HistoryLine, OrderView};
use streamward::{RawEntry, clock};

/// What an event was waited for in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Place {
    /// It waited in a stream for its service, and was handled there.
    Stream,
    /// The provider took its time.
    Provider,
    /// A person did.
    Person,
    /// A timer ran.
    Timer,
}

impl Place {
    fn of(kind: &str, reason: Option<&str>) -> Self {
        match kind {
            PaymentOpened::KIND | PaymentProcessed::KIND | PaymentRefunded::KIND => Self::Provider,
            OrderPaymentDue::KIND => Self::Timer,
            OrderCancelled::KIND if reason == Some("paymentTimeout") => Self::Timer,
            OrderCancelled::KIND | OrderPaymentRequested::KIND => Self::Person,
            _ => Self::Stream,
        }
    }

    /// A word for people.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Stream => "in the stream",
            Self::Provider => "at the provider",
            Self::Person => "for a person",
            Self::Timer => "for the timer",
        }
    }
}

/// The way from one event to the next, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Hop {
    /// Since the first event.
    pub(super) since_start_ms: u64,
    /// Since the event before.
    pub(super) since_previous_ms: u64,
    /// Of that, before its step began; `null` when its entry is gone.
    pub(super) waited_ms: Option<u64>,
    /// Of that, in the step that wrote it; `null` when its entry is gone.
    pub(super) step_ms: Option<u64>,
    /// What it waited for.
    pub(super) waited_for: Place,
}

/// The hops of an order, one per event.
pub(super) fn hops(view: &OrderView, events: &[(HistoryLine, Option<RawEntry>)]) -> Vec<Hop> {
    let start = events.first().map_or(0, |(line, _)| line.at_ms());
    let mut before = start;
    let hop = |(line, entry): &(HistoryLine, Option<RawEntry>)| {
        let at = line.at_ms();
        let since_previous_ms = at.saturating_sub(before);
        let began = entry.as_ref().map(|entry| entry.text("at"));
        let began = began.and_then(clock::parse_rfc3339);
        // Two clocks, and answers that cross: nothing waits for longer than there was time.
        let step_ms = began.map(|began| at.saturating_sub(began).min(since_previous_ms));
        let hop = Hop {
            since_start_ms: at.saturating_sub(start),
            since_previous_ms,
            waited_ms: step_ms.map(|step| since_previous_ms - step),
            step_ms,
            waited_for: place(view, line),
        };
        before = at;
        hop
    };
    events.iter().map(hop).collect()
}

fn place(view: &OrderView, line: &HistoryLine) -> Place {
    match line.kind.as_str() {
        // Late money goes back by itself; a confirmed order is paid back by a person.
        OrderRefundRequested::KIND if view.reason.is_none() => Place::Person,
        kind => Place::of(kind, view.reason.as_deref()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_waited_for_follows_from_the_event() {
        let timeout = Some("paymentTimeout");
        assert_eq!(Place::of("OrderCancelled", timeout), Place::Timer);
        assert_eq!(Place::of("OrderCancelled", Some("customer")), Place::Person);
        assert_eq!(Place::of("PaymentProcessed", None), Place::Provider);
        assert_eq!(Place::of("InventoryReserved", timeout), Place::Stream);
    }
}
