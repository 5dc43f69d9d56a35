//! Times between two events of an order.
//!
//! An event carries the start of its step (`at`), its entry's id the time it was written. So the time
//! since the previous event is spent first on waiting - in the stream, for the provider, a person or a
//! timer - and then on the step.

use contracts::event::{
    Message, OrderCancelled, OrderPaymentDue, OrderPaymentRequested, OrderRefundRequested,
    PaymentOpened, PaymentProcessed, PaymentRefunded,
};
use serde::Serialize;
use store::order::{HistoryLine, OrderView};
use streamward::{RawEntry, clock};

/// Cause of the wait before an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum WaitedFor {
    /// The service, by which the previous event waited in a stream.
    Stream,
    /// The payment provider.
    Provider,
    /// A customer or an operator.
    Person,
    /// A timer.
    Timer,
}

impl WaitedFor {
    fn of(kind: &str, reason: Option<&str>) -> Self {
        match kind {
            PaymentOpened::KIND | PaymentProcessed::KIND | PaymentRefunded::KIND => Self::Provider,
            OrderPaymentDue::KIND => Self::Timer,
            OrderCancelled::KIND if reason == Some("paymentTimeout") => Self::Timer,
            OrderCancelled::KIND | OrderPaymentRequested::KIND => Self::Person,
            _ => Self::Stream,
        }
    }

    /// Returns the text of the report.
    pub(super) const fn text(self) -> &'static str {
        match self {
            Self::Stream => "in the stream",
            Self::Provider => "at the provider",
            Self::Person => "for a person",
            Self::Timer => "for the timer",
        }
    }
}

/// The step from one event to the next, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Hop {
    /// Time since the first event.
    pub(super) since_start_ms: u64,
    /// Time since the previous event.
    pub(super) since_previous_ms: u64,
    /// Part of it before the step began; `null` when the entry is gone.
    pub(super) waited_ms: Option<u64>,
    /// Part of it in the step that wrote the event; `null` when the entry is gone.
    pub(super) step_ms: Option<u64>,
    /// Cause of the wait.
    pub(super) waited_for: WaitedFor,
}

/// Returns the hops of an order, one per event.
pub(super) fn hops(view: &OrderView, events: &[(HistoryLine, Option<RawEntry>)]) -> Vec<Hop> {
    let start = events.first().map_or(0, |(line, _)| line.at_ms());
    let mut before = start;
    let hop = |(line, entry): &(HistoryLine, Option<RawEntry>)| {
        let at = line.at_ms();
        let since_previous_ms = at.saturating_sub(before);
        let began = entry.as_ref().map(|entry| entry.text("at"));
        let began = began.and_then(clock::parse_rfc3339);
        // Clocks of two machines differ and answers may cross: no wait exceeds the time available.
        let step_ms = began.map(|began| at.saturating_sub(began).min(since_previous_ms));
        let hop = Hop {
            since_start_ms: at.saturating_sub(start),
            since_previous_ms,
            waited_ms: step_ms.map(|step| since_previous_ms - step),
            step_ms,
            waited_for: waited_for(view, line),
        };
        before = at;
        hop
    };
    events.iter().map(hop).collect()
}

fn waited_for(view: &OrderView, line: &HistoryLine) -> WaitedFor {
    match line.kind.as_str() {
        // Late payments are refunded automatically, confirmed orders by a person.
        OrderRefundRequested::KIND if view.reason.is_none() => WaitedFor::Person,
        kind => WaitedFor::of(kind, view.reason.as_deref()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cause_of_a_wait_follows_from_the_event() {
        let timeout = Some("paymentTimeout");
        assert_eq!(WaitedFor::of("OrderCancelled", timeout), WaitedFor::Timer);
        assert_eq!(
            WaitedFor::of("OrderCancelled", Some("customer")),
            WaitedFor::Person
        );
        assert_eq!(WaitedFor::of("PaymentProcessed", None), WaitedFor::Provider);
        assert_eq!(
            WaitedFor::of("InventoryReserved", timeout),
            WaitedFor::Stream
        );
    }
}
