//! Payment intents: create, update, confirm, cancel.

use super::charge::{Charged, charge, final_events};
use super::{Decision, Request, parameters};
use crate::clock;
use crate::ids::IntentId;
use crate::state::{CancelReason, Currency, Intent, IntentState, IntentStatus, Metadata};
use crate::state::{Change, EventType, Reply};
use crate::wire::ApiError;

/// `POST /v1/payment_intents`.
pub(crate) fn create(request: &Request<'_>) -> Result<Decision, ApiError> {
    let form = request.form;
    let amount = parameters::amount(form, "amount")?.ok_or_else(|| ApiError::missing("amount"))?;
    let currency = parameters::currency(form, "currency")?;
    let method = parameters::method(form)?;
    let confirmed = parameters::flag(form, "confirm")?;
    // Capturing at once when the caller requested manual capture would be wrong.
    if form.get("capture_method") == Some("manual") {
        let text = "Manual capture is not simulated.";
        return Err(ApiError::invalid_string("capture_method", text));
    }
    let mut intent = open(amount, currency, parameters::metadata(form, "metadata")?);
    intent.return_url = parameters::url(form, "return_url")?;
    intent.description = parameters::description(form)?;
    if confirmed {
        let method = method.ok_or_else(|| ApiError::missing("payment_method"))?;
        let charged = charge(&intent, method, request.slow_charge);
        intent.state = charged.state;
        return Ok(charged_decision(Change::Open(Box::new(intent)), charged));
    }
    if method.is_some() {
        intent.state = IntentState::new(IntentStatus::RequiresConfirmation, method);
    }
    let (id, state) = (intent.id, intent.state);
    Ok(Decision {
        changes: vec![Change::Open(Box::new(intent))],
        reply: Reply::Intent { id, state },
    })
}

/// Creates an intent without a payment attempt.
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

fn charged_decision(first: Change, charged: Charged) -> Decision {
    let mut changes = Vec::with_capacity(charged.changes.len() + 2);
    changes.push(first);
    changes.extend(charged.changes);
    let reply = charged.reply;
    Decision { changes, reply }
}

/// `POST /v1/payment_intents/{id}/confirm`.
pub(crate) fn confirm(request: &Request<'_>) -> Result<Decision, ApiError> {
    let intent = request.intent()?;
    let named = parameters::method(request.form)?;
    if !awaits_payment(intent.state.status) {
        let error = ApiError::unexpected_state("confirm");
        return Ok(Decision::reject(error, intent));
    }
    let method = named
        .or(intent.state.method)
        .ok_or_else(|| ApiError::missing("payment_method"))?;
    let charged = charge(intent, method, request.slow_charge);
    let (intent, state) = (intent.id, charged.state);
    Ok(charged_decision(Change::Move { intent, state }, charged))
}

/// `POST /v1/payment_intents/{id}/cancel`.
pub(crate) fn cancel(request: &Request<'_>) -> Result<Decision, ApiError> {
    let intent = request.intent()?;
    let reason = parameters::reason(request.form, "cancellation_reason")?;
    if !awaits_payment(intent.state.status) {
        let error = ApiError::unexpected_state("cancel");
        return Ok(Decision::reject(error, intent));
    }
    let (state, changes) = cancel_changes(intent, reason);
    let id = intent.id;
    Ok(Decision {
        changes,
        reply: Reply::Intent { id, state },
    })
}

/// Cancels an intent that awaits payment.
pub(super) fn cancel_changes(
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
    changes.extend(final_events(intent, EventType::Canceled, state));
    (state, changes)
}

/// `POST /v1/payment_intents/{id}`: updates the amount before payment, other fields at any time.
pub(crate) fn update(request: &Request<'_>) -> Result<Decision, ApiError> {
    let (intent, form) = (request.intent()?, request.form);
    let amount = parameters::amount(form, "amount")?;
    let metadata = parameters::metadata(form, "metadata")?;
    let description = parameters::description(form)?;
    if amount.is_some() && !awaits_payment(intent.state.status) {
        let error = ApiError::unexpected_state("change the amount of");
        return Ok(Decision::reject(error, intent));
    }
    // An empty value clears a field; a missing one leaves it unchanged.
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
    let (id, state) = (intent.id, intent.state);
    Ok(Decision {
        changes: vec![change],
        reply: Reply::Intent { id, state },
    })
}

pub(super) fn awaits_payment(status: IntentStatus) -> bool {
    match status {
        IntentStatus::RequiresPaymentMethod | IntentStatus::RequiresConfirmation => true,
        IntentStatus::Processing | IntentStatus::Succeeded | IntentStatus::Canceled => false,
    }
}
