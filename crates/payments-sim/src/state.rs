//! The provider's state, in memory.
//!
//! **Invariant:** [`ProviderState::apply`] is the only way to change it, and accepts only
//! [`Change`]s. The journal, which holds the changes in order, therefore rebuilds it exactly.

mod change;
mod intent;
mod records;

use std::collections::{BTreeSet, HashMap, VecDeque};

use indexmap::IndexMap;

pub(crate) use change::{Change, Fingerprint, KeyRecord, Reply};
pub use intent::IntentStatus;
pub(crate) use intent::{CancelReason, Currency, Intent, IntentState, Method};
pub(crate) use records::{Charge, Event, EventType, Metadata, Refund, Session};

use crate::ids::{ChargeId, EventId, IntentId, RefundId, SessionId};
use crate::ledger::Ledger;

/// All records of the provider. Tables are in order of insertion, and no record is ever removed.
#[derive(Debug, Default)]
pub(crate) struct ProviderState {
    pub(crate) intents: IndexMap<IntentId, Intent>,
    pub(crate) charges: IndexMap<ChargeId, Charge>,
    pub(crate) refunds: IndexMap<RefundId, Refund>,
    pub(crate) sessions: IndexMap<SessionId, Session>,
    pub(crate) events: IndexMap<EventId, Event>,
    keys: HashMap<Box<str>, (Fingerprint, Reply)>,
    /// Slow charges by the time they succeed.
    due: BTreeSet<(i64, IntentId)>,
    /// Events whose delivery has not started, oldest first.
    undelivered: VecDeque<EventId>,
    ledger: Ledger,
}

impl ProviderState {
    /// Applies a change. A change of an unknown record is ignored: commands never make one, and a
    /// journal edited by hand should still open.
    pub(crate) fn apply(&mut self, change: Change) {
        match change {
            Change::Open(intent) => {
                if intent.state.status == IntentStatus::Succeeded {
                    self.ledger.capture(intent.currency.as_str(), intent.amount);
                }
                self.record_charge(intent.id, intent.state);
                self.intents.insert(intent.id, *intent);
            }
            Change::Move { intent, state } => self.transition(intent, state),
            Change::Amend {
                intent,
                amount,
                metadata,
                description,
            } => {
                if let Some(intent) = self.intents.get_mut(&intent) {
                    intent.amount = amount;
                    intent.metadata = metadata;
                    intent.description = description;
                }
            }
            Change::Due { intent: id, at_ms } => {
                if let Some(intent) = self.intents.get_mut(&id) {
                    intent.due_ms = Some(at_ms);
                    self.due.insert((at_ms, id));
                }
            }
            Change::Refund(refund) => self.add_refund(refund),
            Change::Session(session) => {
                if let Some(intent) = self.intents.get_mut(&session.intent) {
                    intent.session = Some(session.id);
                }
                self.sessions.insert(session.id, session);
            }
            Change::Event(event) => self.add_event(event),
            Change::Settled(id) => {
                if let Some(event) = self.events.get_mut(&id) {
                    event.settled = true;
                }
            }
            Change::Key(record) => {
                let kept = (record.fingerprint, record.reply);
                self.keys.insert(record.key, kept);
            }
        }
    }

    /// Returns the reply kept under an idempotency key.
    pub(crate) fn reply_to(&self, key: &str) -> Option<&(Fingerprint, Reply)> {
        self.keys.get(key)
    }

    /// Returns the slow charge that succeeds next.
    pub(crate) fn next_due(&self) -> Option<(i64, IntentId)> {
        self.due.first().copied()
    }

    /// Takes the oldest event whose delivery has not started.
    pub(crate) fn next_undelivered(&mut self) -> Option<EventId> {
        self.undelivered.pop_front()
    }

    /// Queues every unsettled event for delivery, after a restart.
    pub(crate) fn requeue_events(&mut self) {
        let unsettled = self.events.values().filter(|event| !event.settled);
        self.undelivered = unsettled.map(|event| event.id).collect();
    }

    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Returns the shortest list of changes that rebuilds this state.
    pub(crate) fn snapshot(&self) -> impl Iterator<Item = Change> {
        let intents = self.intents.values().cloned();
        let due = self.due.iter();
        let keys = self.keys.iter().map(|(key, (fingerprint, reply))| {
            Change::Key(KeyRecord {
                key: key.clone(),
                fingerprint: *fingerprint,
                reply: reply.clone(),
            })
        });
        intents
            .map(|intent| Change::Open(Box::new(intent)))
            .chain(due.map(|&(at_ms, intent)| Change::Due { intent, at_ms }))
            .chain(self.refunds.values().cloned().map(Change::Refund))
            .chain(self.sessions.values().cloned().map(Change::Session))
            .chain(self.events.values().cloned().map(Change::Event))
            .chain(keys)
    }

    /// Returns the number of changes in [`snapshot`](Self::snapshot).
    pub(crate) fn snapshot_len(&self) -> usize {
        let payments = self.intents.len() + self.due.len() + self.refunds.len();
        payments + self.sessions.len() + self.events.len() + self.keys.len()
    }

    fn transition(&mut self, id: IntentId, state: IntentState) {
        let Some(intent) = self.intents.get_mut(&id) else {
            return;
        };
        intent.state = state;
        if state.status == IntentStatus::Succeeded {
            self.ledger.capture(intent.currency.as_str(), intent.amount);
        }
        if state.status != IntentStatus::Processing
            && let Some(at_ms) = intent.due_ms.take()
        {
            self.due.remove(&(at_ms, id));
        }
        self.record_charge(id, state);
    }

    /// Adds the charge of an intent in this state, unless it is known.
    fn record_charge(&mut self, intent: IntentId, state: IntentState) {
        if let Some((id, failed)) = state.charge_of(intent) {
            self.charges.entry(id).or_insert_with(|| Charge {
                id,
                intent,
                method: if failed { state.declined } else { state.method },
                failed,
            });
        }
    }

    fn add_refund(&mut self, refund: Refund) {
        if let Some(intent) = self.intents.get_mut(&refund.intent) {
            intent.refunded += refund.amount;
            self.ledger.refund(intent.currency.as_str(), refund.amount);
        }
        self.refunds.insert(refund.id, refund);
    }

    fn add_event(&mut self, event: Event) {
        if !event.settled {
            self.undelivered.push_back(event.id);
        }
        if let Some(intent) = self.intents.get_mut(&event.intent)
            && !event.kind.is_of_session()
        {
            intent.latest_event = Some(event.id);
        }
        self.record_charge(event.intent, event.state);
        self.events.insert(event.id, event);
    }
}
