//! What each script of the shop does to the books, one function per script.
//!
//! A function looks at the same things in the same order as its script in `lua`, so that reading both
//! side by side shows whether they are the same; the tests of the store show it by trying.

pub mod inventory;
pub mod notification;
pub mod order;
pub mod payment;
pub mod promotion;
pub mod requests;

use crate::{
    event::Event,
    shop::{Mutation, Shop},
};

/// Whether the delivery that a script is to settle is still pending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// It is.
    Pending,
    /// It was settled before.
    Settled,
}

/// One call of a script.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The shop.
    pub shop: &'a Shop,
    /// The order it is about.
    pub order: usize,
    /// Its delivery.
    pub gate: Gate,
}

impl Call<'_> {
    /// Whether the script has to stop here.
    fn is_stale(self) -> bool {
        self.gate == Gate::Settled && !self.has(Mutation::SkipGate)
    }

    fn has(self, mutation: Mutation) -> bool {
        self.shop.has(mutation)
    }
}

/// What a script answers, in the words of the store's types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the variant of its name in the store")]
pub enum Reply {
    Added,
    Adjusted,
    Appeared,
    AwaitingPayment,
    Cancelled,
    Confirmed,
    Doubtful,
    Duplicate,
    Ended,
    Exists,
    Held,
    Late,
    New,
    None,
    Mismatch,
    NotCancellable,
    NotPayable,
    NotRefundable,
    Noted,
    Recorded,
    Refund,
    Refunded,
    Rejected,
    Reminded,
    Removed,
    Replay,
    Requested,
    Reserved,
    Short,
    Stale,
    Switched,
    Told,
    Unknown,
    Waiting,
}

/// What a call of a script did beside changing the books.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// What it answered.
    pub reply: Reply,
    /// It settled its delivery.
    pub settles: bool,
    /// What it wrote into its stream, oldest first.
    pub events: Vec<Event>,
}

impl Answer {
    /// The delivery is settled.
    const fn settling(reply: Reply) -> Self {
        Self {
            reply,
            settles: true,
            events: Vec::new(),
        }
    }

    /// No delivery is settled: there is none, or it stays pending.
    const fn of(reply: Reply) -> Self {
        Self {
            reply,
            settles: false,
            events: Vec::new(),
        }
    }

    fn and(mut self, event: Event) -> Self {
        self.events.push(event);
        self
    }
}
