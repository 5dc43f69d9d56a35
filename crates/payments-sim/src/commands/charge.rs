//! Charging of a payment method, and the events that follow.

use std::time::Duration;

use crate::clock;
use crate::ids::{ChargeId, EventId};
use crate::state::{Change, Event, EventType, Intent, IntentState, IntentStatus, Method, Reply};

/// Effect of a charge: the intent's next state, and the other changes, in order.
pub(super) struct Charged {
    pub(super) state: IntentState,
    pub(super) changes: Vec<Change>,
    pub(super) reply: Reply,
}

/// Charges `method` for `intent`; a slow one succeeds after `slow_charge`.
pub(super) fn charge(intent: &Intent, method: Method, slow_charge: Duration) -> Charged {
    let id = intent.id;
    let (state, changes) = match method {
        Method::Visa => {
            let state = IntentState::new(IntentStatus::Succeeded, Some(method));
            (state, final_events(intent, EventType::Succeeded, state))
        }
        Method::Declined => {
            let mut state = IntentState::new(IntentStatus::RequiresPaymentMethod, None);
            state.declined = Some(method);
            state.declined_charge = Some(ChargeId::generate());
            let failed = event(intent, EventType::PaymentFailed, state);
            (state, vec![Change::Event(failed)])
        }
        Method::Slow => {
            let state = IntentState::new(IntentStatus::Processing, Some(method));
            let wait_ms = i64::try_from(slow_charge.as_millis()).unwrap_or(i64::MAX);
            let at_ms = clock::now_ms().saturating_add(wait_ms);
            (state, vec![Change::Due { intent: id, at_ms }])
        }
        Method::Timeout => {
            let state = IntentState::new(IntentStatus::Processing, Some(method));
            (state, Vec::new())
        }
    };
    let reply = match method {
        Method::Visa | Method::Slow => Reply::Intent { id, state },
        Method::Declined => Reply::Declined { id, state },
        Method::Timeout => Reply::Timeout(id),
    };
    Charged {
        state,
        changes,
        reply,
    }
}

/// Completes a slow charge.
pub(crate) fn succeed(intent: &Intent) -> Vec<Change> {
    let state = IntentState {
        status: IntentStatus::Succeeded,
        ..intent.state
    };
    let mut changes = vec![Change::Move {
        intent: intent.id,
        state,
    }];
    changes.extend(final_events(intent, EventType::Succeeded, state));
    changes
}

/// Returns the events of an intent in a final state: its own, and its checkout session's.
pub(super) fn final_events(intent: &Intent, kind: EventType, state: IntentState) -> Vec<Change> {
    let session = intent.session.and(match state.status {
        IntentStatus::Succeeded => Some(EventType::SessionCompleted),
        IntentStatus::Canceled => Some(EventType::SessionExpired),
        IntentStatus::RequiresPaymentMethod
        | IntentStatus::RequiresConfirmation
        | IntentStatus::Processing => None,
    });
    let kinds = [Some(kind), session].into_iter().flatten();
    let events = kinds.map(|kind| Change::Event(event(intent, kind, state)));
    events.collect()
}

/// Creates an event about `intent` in this state.
pub(super) fn event(intent: &Intent, kind: EventType, state: IntentState) -> Event {
    Event {
        id: EventId::generate(),
        kind,
        created: clock::now(),
        intent: intent.id,
        state,
        refunded: intent.refunded,
        settled: false,
    }
}
