//! Refunds: create.

use super::charge::event;
use super::{Decision, Request, parameters};
use crate::clock;
use crate::ids::{ChargeId, RefundId};
use crate::state::{Change, EventType, Intent, IntentStatus, ProviderState, Refund, Reply};
use crate::wire::{ApiError, Form};

/// `POST /v1/refunds`: refunds `amount` of a `payment_intent` or `charge`, by default all that is
/// left.
pub(crate) fn create(request: &Request<'_>) -> Result<Decision, ApiError> {
    let &Request { provider, form, .. } = request;
    let intent = refunded_intent(provider, form)?;
    let requested = parameters::amount(form, "amount")?;
    let reason = parameters::reason(form, "reason")?;
    let metadata = parameters::metadata(form, "metadata")?;
    let left = intent.amount - intent.refunded;
    let amount = requested.unwrap_or(left);
    let rejection = if intent.state.status != IntentStatus::Succeeded {
        Some(ApiError::unexpected_state("refund"))
    } else if left == 0 {
        Some(ApiError::already_refunded())
    } else {
        (amount > left).then(|| ApiError::refund_too_large(amount, left))
    };
    if let Some(error) = rejection {
        return Ok(Decision::reject(error, intent));
    }
    let id = RefundId::generate();
    let refund = Refund {
        id,
        intent: intent.id,
        amount,
        created: clock::now(),
        reason,
        metadata,
    };
    let mut refunded = event(intent, EventType::Refunded, intent.state);
    refunded.refunded += amount;
    Ok(Decision {
        changes: vec![Change::Refund(refund), Change::Event(refunded)],
        reply: Reply::Refund(id),
    })
}

/// Returns the intent to refund. A parameter names it, so an unknown one is a 400, not a 404.
fn refunded_intent<'a>(provider: &'a ProviderState, form: &Form) -> Result<&'a Intent, ApiError> {
    let (field, text, id) = match (form.get("payment_intent"), form.get("charge")) {
        (Some(text), _) => ("payment_intent", text, text.parse().ok()),
        (None, Some(text)) => {
            let charge = text.parse::<ChargeId>().ok();
            let charge = charge.and_then(|id| provider.charges.get(&id));
            ("charge", text, charge.map(|charge| charge.intent))
        }
        (None, None) => return Err(ApiError::missing("payment_intent")),
    };
    id.and_then(|id| provider.intents.get(&id))
        .ok_or_else(|| ApiError::unknown(400, field, field, text))
}
