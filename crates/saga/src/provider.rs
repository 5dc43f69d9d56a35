//! Model of the payment provider: one intent per order.

use std::collections::BTreeSet;

use crate::{
    event::{Charge, Event},
    scenario::Card,
};

/// Intent of an order at the provider.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ProviderIntent {
    /// State of the intent.
    pub state: IntentState,
    /// Requested amount in minor units.
    pub amount: i64,
    /// Captured amount in minor units.
    pub captured: i64,
    /// Refunded amount in minor units.
    pub refunded: i64,
    /// Idempotency keys of the charges made.
    pub charges: BTreeSet<u8>,
    /// Number of reports sent.
    pub reports: u8,
    /// Report of the last failed charge.
    pub failure: Option<u8>,
}

/// State of an intent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum IntentState {
    /// The order has no intent.
    #[default]
    Unopened,
    /// The intent can be charged.
    Open,
    /// A charge is in progress.
    Processing(ChargeEnd),
    /// The amount was captured.
    Captured,
    /// The intent can never be charged.
    Cancelled,
}

/// End of a charge in progress.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChargeEnd {
    /// The amount is captured.
    Captured,
    /// The charge is declined.
    Declined,
}

impl ProviderIntent {
    /// Opens the intent, idempotently unless under a `new_key`, which opens a second intent.
    pub(crate) fn open(&mut self, amount: i64, new_key: bool) {
        if self.state == IntentState::Unopened || new_key {
            self.state = IntentState::Open;
            self.amount = amount;
        }
    }

    /// Makes the order's charge of this number, idempotently unless under a `new_key`.
    pub(crate) fn charge(&mut self, attempt: u8, card: Card, new_key: bool) -> Option<Event> {
        let first = self.charges.insert(attempt) || new_key;
        if !first || self.state != IntentState::Open {
            return None;
        }
        match card {
            Card::Accepted => return Some(self.capture()),
            Card::Declined => return Some(self.decline()),
            Card::Slow => self.state = IntentState::Processing(ChargeEnd::Captured),
            Card::SlowDeclined => self.state = IntentState::Processing(ChargeEnd::Declined),
        }
        None
    }

    /// Ends the charge in progress.
    pub(crate) fn end_charge(&mut self) -> Option<Event> {
        match self.state {
            IntentState::Processing(ChargeEnd::Captured) => Some(self.capture()),
            IntentState::Processing(ChargeEnd::Declined) => {
                self.state = IntentState::Open;
                Some(self.decline())
            }
            IntentState::Unopened
            | IntentState::Open
            | IntentState::Captured
            | IntentState::Cancelled => None,
        }
    }

    fn decline(&mut self) -> Event {
        self.failure = Some(self.reports + 1);
        self.report(Charge::Failed)
    }

    /// Captures the amount: on the page, or at the end of a charge.
    pub(crate) fn capture(&mut self) -> Event {
        self.state = IntentState::Captured;
        self.captured += self.amount;
        self.report(Charge::Captured(self.amount))
    }

    fn report(&mut self, charge: Charge) -> Event {
        self.reports += 1;
        Event::ProviderCallback {
            report: self.reports,
            copy: 0,
            charge,
        }
    }

    /// Cancels the intent and returns whether it can never be charged.
    pub(crate) fn void(&mut self) -> bool {
        if self.state == IntentState::Open {
            self.state = IntentState::Cancelled;
        }
        self.state == IntentState::Cancelled
    }

    /// Refunds the captured amount, once, and returns it.
    pub(crate) const fn refund(&mut self) -> i64 {
        self.refunded = self.captured;
        self.captured
    }
}
