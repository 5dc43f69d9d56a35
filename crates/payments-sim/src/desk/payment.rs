//! What becomes of an intent when a method is charged.

use std::time::Duration;

use crate::book::{Change, Event, EventType, Intent, IntentState, IntentStatus, Method, Reply};
use crate::clock;
use crate::ids::{ChargeId, EventId};

/// When a slow charge begun now is to succeed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Due(pub(crate) Duration);

/// What a charge does: the intent's next state, and what else changes, in order.
pub(super) struct Charged {
    pub(super) state: IntentState,
    pub(super) changes: Vec<Change>,
    pub(super) reply: Reply,
}

/// Charges `method` for `intent`.
pub(super) fn charge(intent: &Intent, method: Method, due: Due) -> Charged {
    let after = |status| IntentState::new(status, Some(method));
    let id = intent.id;
    match method {
        Method::Visa => {
            let state = after(IntentStatus::Succeeded);
            let changes = events(intent, EventType::Succeeded, state);
            Charged {
                state,
                changes,
                reply: Reply::Intent { id, state },
            }
        }
        Method::Declined => {
            let cleared = IntentState::new(IntentStatus::RequiresPaymentMethod, None);
            let state = IntentState {
                declined: Some(method),
                declined_charge: Some(ChargeId::generate()),
                ..cleared
            };
            let changes = vec![event(intent, EventType::PaymentFailed, state)];
            Charged {
                state,
                changes,
                reply: Reply::Declined { id, state },
            }
        }
        Method::Slow => {
            let state = after(IntentStatus::Processing);
            let wait_ms = i64::try_from(due.0.as_millis()).unwrap_or(i64::MAX);
            let at_ms = clock::now_ms().saturating_add(wait_ms);
            let changes = vec![Change::Due { intent: id, at_ms }];
            Charged {
                state,
                changes,
                reply: Reply::Intent { id, state },
            }
        }
        Method::Timeout => {
            let state = after(IntentStatus::Processing);
            Charged {
                state,
                changes: Vec::new(),
                reply: Reply::Silence(id),
            }
        }
    }
}

/// The end of a slow charge.
pub(crate) fn succeed(intent: &Intent) -> Vec<Change> {
    let state = IntentState {
        status: IntentStatus::Succeeded,
        ..intent.state
    };
    let mut changes = vec![Change::Move {
        intent: intent.id,
        state,
    }];
    changes.extend(events(intent, EventType::Succeeded, state));
    changes
}

/// The events of an intent that has come to its end: its own, and its checkout session's.
pub(super) fn events(intent: &Intent, kind: EventType, state: IntentState) -> Vec<Change> {
    let session = intent.session.and(match state.status {
        IntentStatus::Succeeded => Some(EventType::SessionCompleted),
        IntentStatus::Canceled => Some(EventType::SessionExpired),
        IntentStatus::RequiresPaymentMethod
        | IntentStatus::RequiresConfirmation
        | IntentStatus::Processing => None,
    });
    let kinds = [Some(kind), session].into_iter().flatten();
    kinds.map(|kind| event(intent, kind, state)).collect()
}

/// A new event about `intent`, in the state given.
pub(super) fn event(intent: &Intent, kind: EventType, state: IntentState) -> Change {
    Change::Event(Event {
        id: EventId::generate(),
        kind,
        created: clock::now(),
        intent: intent.id,
        state,
        refunded: intent.refunded,
        settled: false,
    })
}
