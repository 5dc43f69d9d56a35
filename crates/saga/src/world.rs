//! Everything at one moment: the books, the streams, the provider, and the handlers at work.

use std::collections::BTreeSet;

use contracts::Service;

use crate::{
    books::{Books, PaymentStatus},
    event::{Charge, Event, Intent},
    payment_run,
    provider::{Account, State},
    scripts::{Answer, Call, Gate, payment::Opening},
    shop::{Shop, Trouble},
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
    /// Open the intent; then charge the card that came with the order, if it is still to be.
    Open {
        /// It is.
        payable: bool,
    },
    /// Charge the card that came with the order.
    ChargeFirst,
    /// Write down that the intent is open.
    NoteOpen(Opening),
    /// Charge the second card.
    Charge,
    /// Write down that this was done, or that the charge of this number was not answered.
    NoteCharge {
        /// Its number.
        attempt: u8,
        /// Whether the provider answered it.
        answered: bool,
    },
    /// Write down that there was nothing to void.
    NoteUnopened,
    /// Void the intent.
    Void,
    /// Write down that it is void.
    NoteVoid,
    /// Write down that it could not be voided, and is asked about.
    NoteUnvoided,
    /// It could not be voided: ask how it stands.
    LookAtVoid,
    /// A callback is doubtful: ask how the intent stands.
    LookAtReport,
    /// Write down what the provider said when it was asked: the charge, and its number.
    NoteReport(Charge, u8),
    /// It is time to ask how the intent stands.
    Look {
        /// The order has ended, as far as the handler knows.
        voided: bool,
        /// The charge that was not answered, as far as it knows.
        unanswered: Option<u8>,
    },
    /// Make the charge of this number once more.
    ChargeOnceMore(u8),
    /// Write down that the provider was asked in vain, and which charge it has answered now.
    NoteWait(Option<u8>),
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

    /// Whether a question about an order's intent is due, and would lead to anything. One that finds
    /// nothing new is asked again later; it changes nothing that the model knows of, so it is left out.
    pub(crate) fn can_poll(&self, order: usize) -> bool {
        let (payment, account) = (&self.books.orders[order].payment, &self.accounts[order]);
        let voided = payment.status == Some(PaymentStatus::Voided);
        let is_news = |report| !payment.failures.contains(&report);
        let finds = match account.state {
            State::Captured => true,
            State::Open => {
                voided || payment.unanswered.is_some() || account.failure.is_some_and(is_news)
            }
            State::Processing(_) => payment.unanswered.is_some(),
            State::Unopened | State::Cancelled => false,
        };
        let in_time = self.trouble.hasty > 0 || !self.is_reporting(order);
        payment.poll && payment.intent == Some(Intent::Ours) && finds && in_time
    }

    /// Whether a callback about an order's intent is on its way.
    fn is_reporting(&self, order: usize) -> bool {
        let callback = |event: &Event| matches!(event, Event::ProviderCallback { .. });
        self.waits(order, Service::Payment, callback)
    }

    /// It is time to ask the provider about an order's intent.
    pub(crate) fn poll(&mut self, shop: &Shop, order: usize) {
        if self.is_reporting(order) {
            self.trouble.hasty -= 1;
        }
        self.books.orders[order].payment.poll = false;
        // Two questions that are under way at once are two entries.
        let is_free = |which: &u8| {
            let question = Event::PaymentPoll { which: *which };
            let same = |entry: &Entry| entry.order == order && entry.event == question;
            !self.pending.iter().any(same) && !self.runs.iter().any(|run| same(&run.entry))
        };
        let which = (0..u8::MAX).find(is_free).unwrap_or(u8::MAX);
        self.emit(shop, order, Event::PaymentPoll { which });
    }

    /// Whether everything that happens by itself has happened: what is left is up to people.
    pub fn is_quiet(&self, shop: &Shop) -> bool {
        let moves = |entry: &Entry| {
            entry.reader != Service::Payment || payment_run::can_begin(self, shop, entry)
        };
        let restless = |order: usize| {
            self.books.orders[order].timeout
                || matches!(self.accounts[order].state, State::Processing(_))
                || self.can_poll(order)
        };
        self.runs.is_empty()
            && !self.pending.iter().any(moves)
            && !(0..self.accounts.len()).any(restless)
    }
}
