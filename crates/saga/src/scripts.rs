//! Model of the shop's scripts, one function per script.
//!
//! A function makes the same checks in the same order as its script in `lua`, so that both can be compared
//! side by side; the tests of the store compare their behaviour.

pub mod inventory;
pub mod notification;
pub mod order;
pub mod payment;
pub mod promotion;
pub mod requests;

use crate::{
    event::Event,
    scenario::{Mutation, Scenario},
};

/// State of the delivery that a script settles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    /// The delivery is pending.
    Pending,
    /// The delivery was settled before.
    Settled,
}

/// A call of a script.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// Index of the order.
    pub order: usize,
    /// State of the delivery.
    pub delivery: DeliveryState,
}

impl Call<'_> {
    /// Returns whether the script stops because its delivery was settled before.
    fn is_stale(self) -> bool {
        self.delivery == DeliveryState::Settled && !self.has(Mutation::IgnoreSettled)
    }

    fn has(self, mutation: Mutation) -> bool {
        self.scenario.has(mutation)
    }
}

/// Reply of a script, named as in the store's types.
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
    Notified,
    Unknown,
    Waiting,
}

/// Result of a script, beside the changed state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptResult {
    /// Its reply.
    pub reply: Reply,
    /// Whether it settled its delivery.
    pub settles: bool,
    /// Events that it emitted, oldest first.
    pub events: Vec<Event>,
}

impl ScriptResult {
    /// Returns a result that settles the delivery.
    const fn settling(reply: Reply) -> Self {
        Self {
            reply,
            settles: true,
            events: Vec::new(),
        }
    }

    /// Returns a result that settles no delivery: there is none, or it stays pending.
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
