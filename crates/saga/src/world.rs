//! State of the model: the shop, the streams, the provider, and the handlers in progress.

use std::collections::BTreeSet;

use contracts::Service;

use crate::{
    event::{Charge, Event},
    provider::ProviderIntent,
    scenario::{Faults, Scenario},
    scripts::{Call, DeliveryState, ScriptResult, payment::Opening},
    state::ShopState,
};

/// An entry that its reader has not settled. Entries are delivered in any order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Entry {
    /// Index of the order.
    pub order: usize,
    /// The service that is to settle it.
    pub reader: Service,
    /// The message.
    pub event: Event,
}

/// A handler of the payment service between two of its steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Run {
    /// The entry that it handles.
    pub entry: Entry,
    /// Its next step.
    pub next: PaymentStep,
}

/// A step of a handler of the payment service: a call to the provider, or a script that records one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PaymentStep {
    /// Open the intent; then charge the card that came with the order, if it is `payable`.
    Open {
        /// Whether the order may still be charged.
        payable: bool,
    },
    /// Charge the card that came with the order.
    ChargeFirst,
    /// Record the opened intent.
    RecordOpen(Opening),
    /// Charge the second card.
    Charge,
    /// Record that charge.
    RecordCharge {
        /// Number of the charge.
        attempt: u8,
        /// Whether the provider answered it.
        answered: bool,
    },
    /// Record that there was no intent to void.
    RecordUnopened,
    /// Void the intent.
    Void,
    /// Record that the intent is void.
    RecordVoid,
    /// Record that the intent could not be voided and is to be polled.
    RecordLateVoid,
    /// Look the intent up that could not be voided.
    LookUpVoid,
    /// Look the intent up of a doubtful callback.
    LookUpReport,
    /// Record a charge that was looked up, and its report's number.
    RecordReport(Charge, u8),
    /// Look the intent up because a poll is due.
    Poll {
        /// Whether the order has ended, as far as the handler has read.
        voided: bool,
        /// The unanswered charge, as far as the handler has read.
        unanswered: Option<u8>,
    },
    /// Retry the charge of this number.
    RetryCharge(u8),
    /// Schedule the next poll, and record the charge that is answered now.
    SchedulePoll(Option<u8>),
    /// Refund the payment.
    Refund,
    /// Record the refunded amount.
    RecordRefund(i64),
}

/// A state of the model.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct World {
    /// State of the shop in Redis beside the streams.
    pub state: ShopState,
    /// Entries that are undelivered or pending, sorted; equal entries may occur several times.
    pub pending: Vec<Entry>,
    /// Handlers of the payment service in progress, sorted.
    pub runs: Vec<Run>,
    /// Intent of each order at the provider.
    pub provider: Vec<ProviderIntent>,
    /// Orders past their payment timeout.
    pub overdue: BTreeSet<usize>,
    /// Orders whose `OrderAwaitingPayment` was redelivered.
    pub redelivered: BTreeSet<usize>,
    /// Faults that may still occur.
    pub faults: Faults,
    /// Violation that a single transition shows.
    pub broken: Option<&'static str>,
}

impl World {
    /// Returns the initial state.
    pub fn new(scenario: &Scenario) -> Self {
        Self {
            state: ShopState::new(scenario),
            pending: Vec::new(),
            runs: Vec::new(),
            provider: vec![ProviderIntent::default(); scenario.orders.len()],
            overdue: BTreeSet::new(),
            redelivered: BTreeSet::new(),
            faults: scenario.faults,
            broken: None,
        }
    }

    /// Writes an event: one entry for each of its readers.
    pub(crate) fn emit(&mut self, scenario: &Scenario, order: usize, event: Event) {
        for reader in event.readers(scenario.orders[order].coupon) {
            let entry = Entry {
                order,
                reader: *reader,
                event,
            };
            let place = self.pending.partition_point(|other| *other < entry);
            self.pending.insert(place, entry);
        }
    }

    /// Settles an entry, if it is pending.
    pub(crate) fn settle(&mut self, entry: &Entry) {
        if let Ok(place) = self.pending.binary_search(entry) {
            self.pending.remove(place);
        }
    }

    /// Redelivers an entry.
    pub(crate) fn redeliver(&mut self, entry: &Entry) {
        // Only this handler distinguishes a redelivery.
        if entry.event == Event::OrderAwaitingPayment {
            self.redelivered.insert(entry.order);
        }
    }

    /// Starts a handler, or continues it with its next step.
    pub(crate) fn start(&mut self, entry: &Entry, next: PaymentStep) {
        let run = Run {
            entry: *entry,
            next,
        };
        let place = self.runs.partition_point(|other| *other < run);
        self.runs.insert(place, run);
    }

    /// Removes a handler that ends or takes its next step.
    pub(crate) fn stop(&mut self, run: &Run) {
        if let Ok(place) = self.runs.binary_search(run) {
            self.runs.remove(place);
        }
    }

    /// Moves an entry to the dead letters.
    pub(crate) fn dead_letter(&mut self, entry: &Entry) {
        self.settle(entry);
        self.broken = Some("an entry became a dead letter");
    }

    /// Runs a script on an entry, and a second time to check that it is idempotent.
    pub(crate) fn step(
        &mut self,
        scenario: &Scenario,
        entry: &Entry,
        script: impl Fn(&mut ShopState, Call<'_>) -> ScriptResult,
    ) -> ScriptResult {
        let call = |delivery| Call {
            scenario,
            order: entry.order,
            delivery,
        };
        let delivery = match self.pending.binary_search(entry) {
            Ok(_) => DeliveryState::Pending,
            Err(_) => DeliveryState::Settled,
        };
        let result = script(&mut self.state, call(delivery));
        if result.settles {
            self.settle(entry);
            let mut state = self.state.clone();
            let second = script(&mut state, call(DeliveryState::Settled));
            if second.settles || !second.events.is_empty() || state != self.state {
                self.broken = Some("a settled delivery changed something");
            }
        }
        for event in &result.events {
            self.emit(scenario, entry.order, *event);
        }
        result
    }

    /// Returns whether a matching entry of the order is pending for this reader.
    pub fn is_pending(&self, order: usize, reader: Service, matches: fn(&Event) -> bool) -> bool {
        self.pending
            .iter()
            .any(|one| one.order == order && one.reader == reader && matches(&one.event))
    }
}
