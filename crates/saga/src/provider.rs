//! What the payment provider has of one order, and what it does when it is asked.

use std::collections::BTreeSet;

use crate::{
    event::{Charge, Event},
    shop::Card,
};

/// The intent of one order and its money.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Account {
    /// How the intent stands.
    pub state: State,
    /// Minor units that are asked for.
    pub amount: i64,
    /// Minor units captured.
    pub captured: i64,
    /// Minor units paid back.
    pub refunded: i64,
    /// The charges that were asked for, by their keys.
    pub charges: BTreeSet<u8>,
    /// Reports sent so far.
    pub reports: u8,
    /// The report of the last charge, if it failed.
    pub failure: Option<u8>,
}

/// How an intent stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum State {
    /// There is none.
    #[default]
    Unopened,
    /// It can be charged.
    Open,
    /// A charge is under way.
    Processing(Ends),
    /// The money is there.
    Captured,
    /// It can never be charged.
    Cancelled,
}

/// How a charge that is under way will end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ends {
    /// The money is captured.
    Well,
    /// It is declined.
    Badly,
}

impl Account {
    /// Opens the intent. Asked again under the same key, it changes nothing; `fresh` is a key of its
    /// own, and a second intent.
    pub(crate) fn open(&mut self, amount: i64, fresh: bool) {
        if self.state == State::Unopened || fresh {
            self.state = State::Open;
            self.amount = amount;
        }
    }

    /// Makes the order's charge of this number, under a key of its own: once.
    pub(crate) fn charge(&mut self, attempt: u8, card: Card, fresh: bool) -> Option<Event> {
        let first = self.charges.insert(attempt) || fresh;
        if !first || self.state != State::Open {
            return None;
        }
        self.take(card)
    }

    fn take(&mut self, card: Card) -> Option<Event> {
        match card {
            Card::Good => Some(self.capture()),
            Card::Bad => Some(self.decline()),
            Card::Slow => self.process(Ends::Well),
            Card::SlowBad => self.process(Ends::Badly),
        }
    }

    const fn process(&mut self, ends: Ends) -> Option<Event> {
        self.state = State::Processing(ends);
        None
    }

    /// The charge that is under way ends.
    pub(crate) fn end(&mut self) -> Option<Event> {
        match self.state {
            State::Processing(Ends::Well) => Some(self.capture()),
            State::Processing(Ends::Badly) => {
                self.state = State::Open;
                Some(self.decline())
            }
            State::Unopened | State::Open | State::Captured | State::Cancelled => None,
        }
    }

    fn decline(&mut self) -> Event {
        self.failure = Some(self.reports + 1);
        self.report(Charge::Failed)
    }

    /// The money arrives: on the page, or of a charge that was under way.
    pub(crate) fn capture(&mut self) -> Event {
        self.state = State::Captured;
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

    /// Cancels the intent; says whether it can never be charged from now on.
    pub(crate) fn void(&mut self) -> bool {
        match self.state {
            State::Open => self.state = State::Cancelled,
            State::Unopened | State::Processing(_) | State::Captured | State::Cancelled => {}
        }
        self.state == State::Cancelled
    }

    /// Pays everything back, once.
    pub(crate) const fn refund(&mut self) -> i64 {
        self.refunded = self.captured;
        self.captured
    }
}
