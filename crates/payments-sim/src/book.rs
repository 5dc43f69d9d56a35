//! Everything the provider knows, in memory.
//!
//! **Invariant:** [`Book::apply`] is the only way to change it, and takes nothing but [`Change`]s.
//! So the journal, which holds the changes in order, rebuilds it exactly.

mod change;
mod charge;
mod event;
mod intent;
mod key;
mod metadata;
mod refund;
mod session;
mod table;

use std::collections::{BTreeSet, HashMap, VecDeque};

pub(crate) use change::Change;
pub(crate) use charge::Charge;
pub(crate) use event::{Event, EventType};
pub use intent::IntentStatus;
pub(crate) use intent::{CancelReason, Currency, Intent, IntentState, Method};
pub(crate) use key::{Fingerprint, KeyRecord, Reply};
pub(crate) use metadata::Metadata;
pub(crate) use refund::{Refund, RefundReason};
pub(crate) use session::Session;
pub(crate) use table::{Row, Table};

use crate::ids::{ChargeId, EventId, IntentId, RefundId, SessionId};
use crate::ledger::Ledger;

/// The provider's state.
#[derive(Debug, Default)]
pub(crate) struct Book {
    pub(crate) intents: Table<IntentId, Intent>,
    pub(crate) charges: Table<ChargeId, Charge>,
    pub(crate) refunds: Table<RefundId, Refund>,
    pub(crate) sessions: Table<SessionId, Session>,
    pub(crate) events: Table<EventId, Event>,
    keys: HashMap<Box<str>, (Fingerprint, Reply)>,
    /// Slow charges by the moment they succeed.
    due: BTreeSet<(i64, IntentId)>,
    /// Events no delivery was begun for, oldest first.
    fresh: VecDeque<EventId>,
    ledger: Ledger,
}

impl Book {
    /// Changes the state. A change that names something unknown is ignored: the desk never makes
    /// one, and a journal edited by hand should still open.
    pub(crate) fn apply(&mut self, change: Change) {
        match change {
            Change::Open(intent) => {
                if intent.state.status == IntentStatus::Succeeded {
                    self.ledger.capture(intent.currency.as_str(), intent.amount);
                }
                self.note_charge(intent.id, intent.state);
                self.intents.insert(*intent);
            }
            Change::Move { intent, state } => self.shift(intent, state),
            Change::Amend {
                intent,
                amount,
                metadata,
                description,
            } => {
                if let Some(intent) = self.intents.get_mut(intent) {
                    intent.amount = amount;
                    intent.metadata = metadata;
                    intent.description = description;
                }
            }
            Change::Due { intent: id, at_ms } => {
                if let Some(intent) = self.intents.get_mut(id) {
                    intent.due_ms = Some(at_ms);
                    self.due.insert((at_ms, id));
                }
            }
            Change::Refund(refund) => self.give_back(refund),
            Change::Session(session) => {
                if let Some(intent) = self.intents.get_mut(session.intent) {
                    intent.session = Some(session.id);
                }
                self.sessions.insert(session);
            }
            Change::Event(event) => self.announce(event),
            Change::Settled(id) => {
                if let Some(event) = self.events.get_mut(id) {
                    event.settled = true;
                }
            }
            Change::Key(record) => {
                self.keys.insert(record.key, (record.print, record.reply));
            }
        }
    }

    /// The answer kept under an idempotency key.
    pub(crate) fn reply_to(&self, key: &str) -> Option<&(Fingerprint, Reply)> {
        self.keys.get(key)
    }

    /// The slow charge that succeeds next.
    pub(crate) fn next_due(&self) -> Option<(i64, IntentId)> {
        self.due.first().copied()
    }

    /// Takes the oldest event no delivery was begun for.
    pub(crate) fn next_fresh(&mut self) -> Option<EventId> {
        self.fresh.pop_front()
    }

    /// Forgets what was begun before: every unsettled event is fresh again.
    pub(crate) fn refresh(&mut self) {
        self.fresh = self
            .events
            .iter()
            .filter(|e| !e.settled)
            .map(|e| e.id)
            .collect();
    }

    pub(crate) fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The changes that rebuild this book, fewest possible.
    pub(crate) fn summary(&self) -> impl Iterator<Item = Change> {
        let intents = self
            .intents
            .iter()
            .map(|intent| Change::Open(Box::new(intent.clone())));
        let due = self
            .due
            .iter()
            .map(|&(at_ms, intent)| Change::Due { intent, at_ms });
        let refunds = self.refunds.iter().cloned().map(Change::Refund);
        let sessions = self.sessions.iter().cloned().map(Change::Session);
        let events = self.events.iter().cloned().map(Change::Event);
        let keys = self.keys.iter().map(|(key, (print, reply))| {
            let (key, print, reply) = (key.clone(), *print, reply.clone());
            Change::Key(KeyRecord { key, print, reply })
        });
        intents
            .chain(due)
            .chain(refunds)
            .chain(sessions)
            .chain(events)
            .chain(keys)
    }

    /// How many changes [`summary`](Self::summary) gives.
    pub(crate) fn summary_len(&self) -> usize {
        let tables = [self.intents.rows().len(), self.refunds.rows().len()];
        let others = [
            self.sessions.rows().len(),
            self.events.rows().len(),
            self.due.len(),
        ];
        tables.iter().chain(&others).sum::<usize>() + self.keys.len()
    }

    fn shift(&mut self, id: IntentId, state: IntentState) {
        let Some(intent) = self.intents.get_mut(id) else {
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
        self.note_charge(id, state);
    }

    /// Enters the charge that an intent in this state has, unless it is known.
    fn note_charge(&mut self, intent: IntentId, state: IntentState) {
        if let Some((id, failed)) = state.charge_of(intent)
            && self.charges.get(id).is_none()
        {
            let method = if failed { state.declined } else { state.method };
            self.charges.insert(Charge {
                id,
                intent,
                method,
                failed,
            });
        }
    }

    fn give_back(&mut self, refund: Refund) {
        if let Some(intent) = self.intents.get_mut(refund.intent) {
            intent.refunded += refund.amount;
            self.ledger.refund(intent.currency.as_str(), refund.amount);
        }
        self.refunds.insert(refund);
    }

    fn announce(&mut self, event: Event) {
        if !event.settled {
            self.fresh.push_back(event.id);
        }
        if let Some(intent) = self.intents.get_mut(event.intent)
            && !event.kind.is_of_session()
        {
            intent.latest_event = Some(event.id);
        }
        self.note_charge(event.intent, event.state);
        self.events.insert(event);
    }
}
