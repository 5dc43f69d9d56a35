//! What the payment provider has of one order, and what it does when it is asked.

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
    /// The second charge was asked for.
    pub retried: bool,
    /// Reports sent so far.
    pub reports: u8,
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
    Processing,
    /// The money is there.
    Captured,
    /// It can never be charged.
    Cancelled,
}

impl Account {
    /// Opens the intent and charges the card that comes with it. Asked again under the same key, it
    /// changes nothing; `fresh` is a key of its own, and a second intent.
    pub(crate) fn open(&mut self, amount: i64, card: Option<Card>, fresh: bool) -> Option<Event> {
        if self.state != State::Unopened && !fresh {
            return None;
        }
        self.state = State::Open;
        self.amount = amount;
        self.take(card?)
    }

    /// Charges another card, under a key that is used once.
    pub(crate) fn charge(&mut self, card: Card) -> Option<Event> {
        if std::mem::replace(&mut self.retried, true) || self.state != State::Open {
            return None;
        }
        self.take(card)
    }

    fn take(&mut self, card: Card) -> Option<Event> {
        match card {
            Card::Good => Some(self.capture()),
            Card::Bad => Some(self.report(Charge::Failed)),
            Card::Slow => {
                self.state = State::Processing;
                None
            }
        }
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
            State::Unopened | State::Processing | State::Captured | State::Cancelled => {}
        }
        self.state == State::Cancelled
    }

    /// Pays everything back, once.
    pub(crate) const fn refund(&mut self) -> i64 {
        self.refunded = self.captured;
        self.captured
    }
}
