//! Payment intents: create, update, confirm, cancel.

use super::payment::{Due, charge, events};
use super::{Decision, fields};
use crate::book::{Book, Change, EventType, Intent, IntentState, IntentStatus, Metadata, Reply};
use crate::book::{CancelReason, Currency, Method};
use crate::clock;
use crate::ids::IntentId;
use crate::wire::{ApiError, Form};

/// `POST /v1/payment_intents`.
pub(crate) fn create(form: &Form, due: Due) -> Result<Decision, ApiError> {
    let amount = fields::amount(form, "amount")?.ok_or_else(|| ApiError::missing("amount"))?;
    let currency = fields::currency(form, "currency")?;
    let method = fields::method(form)?;
    let confirmed = fields::flag(form, "confirm")?;
    // Taking the money at once although the caller asked to wait would be a wrong answer.
    if form
        .get("capture_method")
        .is_some_and(|how| how == "manual")
    {
        let text = "Manual capture is not simulated.";
        return Err(ApiError::invalid(
            "capture_method",
            "parameter_invalid_string",
            text,
        ));
    }
    let mut intent = open(amount, currency, fields::metadata(form, "metadata")?);
    intent.return_url = fields::url(form, "return_url")?;
    intent.description = fields::description(form)?;
    match method {
        Some(method) if confirmed => return Ok(create_charged(intent, method, due)),
        None if confirmed => return Err(ApiError::missing("payment_method")),
        Some(_) => {
            intent.state = IntentState::new(IntentStatus::RequiresConfirmation, method);
        }
        None => {}
    }
    let reply = Reply::Intent {
        id: intent.id,
        state: intent.state,
    };
    Ok(Decision {
        changes: vec![Change::Open(Box::new(intent))],
        reply,
    })
}

/// A new intent nobody has tried to pay.
pub(super) fn open(amount: u64, currency: Currency, metadata: Metadata) -> Intent {
    Intent {
        id: IntentId::generate(),
        amount,
        currency,
        created: clock::now(),
        secret: rand::random(),
        return_url: None,
        metadata,
        description: None,
        state: IntentState::new(IntentStatus::RequiresPaymentMethod, None),
        refunded: 0,
        due_ms: None,
        latest_event: None,
        session: None,
    }
}

fn create_charged(mut intent: Intent, method: Method, due: Due) -> Decision {
    let charged = charge(&intent, method, due);
    intent.state = charged.state;
    let mut changes = Vec::with_capacity(charged.changes.len() + 2);
    changes.push(Change::Open(Box::new(intent)));
    changes.extend(charged.changes);
    Decision {
        changes,
        reply: charged.reply,
    }
}

/// `POST /v1/payment_intents/{id}/confirm`.
pub(crate) fn confirm(book: &Book, id: &str, form: &Form, due: Due) -> Result<Decision, ApiError> {
    let intent = fields::intent(book, id)?;
    let named = fields::method(form)?;
    if !awaits_payment(intent.state.status) {
        return Ok(Decision::refuse(
            ApiError::unexpected_state("confirm"),
            intent,
        ));
    }
    let method = named
        .or(intent.state.method)
        .ok_or_else(|| ApiError::missing("payment_method"))?;
    let charged = charge(intent, method, due);
    let mut changes = Vec::with_capacity(charged.changes.len() + 2);
    changes.push(Change::Move {
        intent: intent.id,
        state: charged.state,
    });
    changes.extend(charged.changes);
    Ok(Decision {
        changes,
        reply: charged.reply,
    })
}

/// `POST /v1/payment_intents/{id}/cancel`.
pub(crate) fn cancel(book: &Book, id: &str, form: &Form) -> Result<Decision, ApiError> {
    let intent = fields::intent(book, id)?;
    let cancel_reason = fields::cancel_reason(form)?;
    if !awaits_payment(intent.state.status) {
        return Ok(Decision::refuse(
            ApiError::unexpected_state("cancel"),
            intent,
        ));
    }
    let (state, changes) = end(intent, cancel_reason);
    Ok(Decision {
        changes,
        reply: Reply::Intent {
            id: intent.id,
            state,
        },
    })
}

/// The end of an intent that nobody pays.
pub(super) fn end(
    intent: &Intent,
    cancel_reason: Option<CancelReason>,
) -> (IntentState, Vec<Change>) {
    let state = IntentState {
        status: IntentStatus::Canceled,
        canceled_at: Some(clock::now()),
        cancel_reason,
        ..intent.state
    };
    let mut changes = vec![Change::Move {
        intent: intent.id,
        state,
    }];
    changes.extend(events(intent, EventType::Canceled, state));
    (state, changes)
}

/// `POST /v1/payment_intents/{id}`: the amount while nobody has paid, the rest at any time.
pub(crate) fn update(book: &Book, id: &str, form: &Form) -> Result<Decision, ApiError> {
    let intent = fields::intent(book, id)?;
    let amount = fields::amount(form, "amount")?;
    let metadata = fields::metadata(form, "metadata")?;
    let description = fields::description(form)?;
    if amount.is_some() && !awaits_payment(intent.state.status) {
        return Ok(Decision::refuse(
            ApiError::unexpected_state("change the amount of"),
            intent,
        ));
    }
    // An empty value takes something away; a missing one leaves it.
    let metadata = if form.is_cleared("metadata") {
        Metadata::default()
    } else {
        intent.metadata.merged(metadata)
    };
    let description = if form.is_cleared("description") {
        None
    } else {
        description.or_else(|| intent.description.clone())
    };
    let change = Change::Amend {
        intent: intent.id,
        amount: amount.unwrap_or(intent.amount),
        metadata,
        description,
    };
    Ok(Decision {
        changes: vec![change],
        reply: Reply::Intent {
            id: intent.id,
            state: intent.state,
        },
    })
}

pub(super) fn awaits_payment(status: IntentStatus) -> bool {
    match status {
        IntentStatus::RequiresPaymentMethod | IntentStatus::RequiresConfirmation => true,
        IntentStatus::Processing | IntentStatus::Succeeded | IntentStatus::Canceled => false,
    }
}
