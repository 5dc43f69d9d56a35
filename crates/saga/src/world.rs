//! Everything at one moment: the books, the streams, the provider, and the handlers at work.

use std::collections::BTreeSet;

use contracts::Service;

use crate::{
    books::{Books, PaymentStatus},
    event::{Charge, Event, Intent},
    payment_run,
    provider::{Account, State},
    scripts::{Answer, Call, Gate},
    shop::{Mutation, Shop, Trouble},
};

/// An entry that its reader has not settled. Which of them comes next, nobody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Entry {
    /// The order it is about.
    pub order: usize,
    /// Who is to settle it.
    pub reader: Service,
    /// What it says.
    pub event: Event,
}

/// A handler of the payment service between two of its steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Run {
    /// What it handles.
    pub entry: Entry,
    /// What it does next.
    pub next: Next,
}

/// The next step of a handler of the payment service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Next {
    /// Open the intent, and charge a card that came with the order.
    Open,
    /// Write down that it is open.
    NoteOpen,
    /// Charge the second card.
    Charge,
    /// Write down that there was nothing to void.
    NoteUnopened,
    /// Void the intent.
    Void,
    /// Write down that it is void.
    NoteVoid,
    /// It could not be voided: ask how it stands.
    LookAtVoid,
    /// A callback is doubtful: ask how the intent stands.
    LookAtReport,
    /// Write down what the provider said when it was asked.
    NoteReport(Charge),
    /// Pay back.
    Refund,
    /// Write down how much was paid back.
    NoteRefund(i64),
}

/// Everything at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct World {
    /// What lies in Redis beside the streams.
    pub books: Books,
    /// What is undelivered or pending, in order; entries that say the same are several.
    pub pending: Vec<Entry>,
    /// The payment service's handlers at work, in order.
    pub runs: Vec<Run>,
    /// What the provider has of each order.
    pub accounts: Vec<Account>,
    /// Orders whose time to pay has passed.
    pub overdue: BTreeSet<usize>,
    /// Orders whose entry to the payment service has been delivered more than once.
    pub again: BTreeSet<usize>,
    /// Orders of which a callback was lost.
    pub lost: BTreeSet<usize>,
    /// The trouble that may still come.
    pub trouble: Trouble,
    /// A settled delivery changed something, or an order took a way that it may not take.
    pub broken: Option<&'static str>,
}

impl World {
    /// The world when the shop opens.
    pub fn new(shop: &Shop) -> Self {
        Self {
            books: Books::new(shop),
            pending: Vec::new(),
            runs: Vec::new(),
            accounts: vec![Account::default(); shop.wishes.len()],
            overdue: BTreeSet::new(),
            again: BTreeSet::new(),
            lost: BTreeSet::new(),
            trouble: shop.trouble,
            broken: None,
        }
    }

    /// Writes an event: one entry for each that reads it.
    pub(crate) fn emit(&mut self, shop: &Shop, order: usize, event: Event) {
        for reader in event.readers(shop.wishes[order].coupon) {
            let entry = Entry {
                order,
                reader: *reader,
                event,
            };
            let place = self.pending.partition_point(|other| *other < entry);
            self.pending.insert(place, entry);
        }
    }

    /// Settles an entry, if nobody has.
    pub(crate) fn settle(&mut self, entry: &Entry) {
        if let Ok(place) = self.pending.binary_search(entry) {
            self.pending.remove(place);
        }
    }

    /// The entry is delivered once more.
    pub(crate) fn come_again(&mut self, entry: &Entry) {
        // Whether it is the first delivery matters to this one handler alone.
        if entry.event == Event::OrderAwaitingPayment {
            self.again.insert(entry.order);
        }
    }

    /// A handler is not at work any more, or takes its next step.
    pub(crate) fn stop(&mut self, run: &Run) {
        if let Ok(place) = self.runs.binary_search(run) {
            self.runs.remove(place);
        }
    }

    /// The entry becomes a dead letter.
    pub(crate) fn die(&mut self, entry: &Entry) {
        self.settle(entry);
        self.broken = Some("an entry became a dead letter");
    }

    /// Runs a script on an entry: once, and once more to see that this changes nothing.
    pub(crate) fn step(
        &mut self,
        shop: &Shop,
        entry: &Entry,
        script: impl Fn(&mut Books, Call<'_>) -> Answer,
    ) -> Answer {
        let pending = self.pending.binary_search(entry).is_ok();
        let call = |gate| Call {
            shop,
            order: entry.order,
            gate,
        };
        let gate = if pending {
            Gate::Pending
        } else {
            Gate::Settled
        };
        let answer = script(&mut self.books, call(gate));
        if answer.settles {
            self.settle(entry);
            let mut books = self.books.clone();
            let second = script(&mut books, call(Gate::Settled));
            if second.settles || !second.events.is_empty() || books != self.books {
                self.broken = Some("a settled delivery changed something");
            }
        }
        for event in &answer.events {
            self.emit(shop, entry.order, *event);
        }
        answer
    }

    /// Whether an entry waits for anybody that may settle it.
    pub fn waits(&self, order: usize, reader: Service, wanted: fn(&Event) -> bool) -> bool {
        let fits = |entry: &&Entry| entry.order == order && entry.reader == reader;
        self.pending
            .iter()
            .filter(fits)
            .any(|one| wanted(&one.event))
    }

    /// Whether the poll of an order's intent finds what a lost callback would have told.
    pub(crate) fn can_poll(&self, shop: &Shop, order: usize) -> bool {
        let payment = &self.books.orders[order].payment;
        let known = match payment.status {
            None | Some(PaymentStatus::Succeeded | PaymentStatus::Refunded) => false,
            Some(PaymentStatus::Open | PaymentStatus::Failed | PaymentStatus::Voided) => {
                payment.intent == Some(Intent::Ours)
            }
        };
        let captured = self.accounts[order].state == State::Captured;
        known && captured && self.lost.contains(&order) && !shop.has(Mutation::ForgetPoll)
    }

    /// Whether everything that happens by itself has happened: what is left is up to people.
    pub fn is_quiet(&self, shop: &Shop) -> bool {
        let moves = |entry: &Entry| {
            entry.reader != Service::Payment || payment_run::can_begin(self, shop, entry)
        };
        let restless = |order: usize| {
            self.books.orders[order].timeout
                || self.accounts[order].state == State::Processing
                || self.can_poll(shop, order)
        };
        self.runs.is_empty()
            && !self.pending.iter().any(moves)
            && !(0..self.accounts.len()).any(restless)
    }
}
