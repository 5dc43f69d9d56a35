//! Refunds.

use super::payment::event;
use super::{Decision, fields};
use crate::book::{Book, Change, EventType, Intent, IntentStatus, Refund, Reply};
use crate::clock;
use crate::ids::{ChargeId, RefundId};
use crate::wire::{ApiError, Form};

/// `POST /v1/refunds`: of `payment_intent` or `charge`, all that is left unless `amount` says less.
pub(crate) fn create(book: &Book, form: &Form) -> Result<Decision, ApiError> {
    let intent = subject(book, form)?;
    let asked = fields::amount(form, "amount")?;
    let reason = fields::refund_reason(form)?;
    let metadata = fields::metadata(form, "metadata")?;
    if intent.state.status != IntentStatus::Succeeded {
        return Ok(Decision::refuse(
            ApiError::unexpected_state("refund"),
            intent,
        ));
    }
    let left = intent.amount - intent.refunded;
    if left == 0 {
        return Ok(Decision::refuse(ApiError::already_refunded(), intent));
    }
    let amount = asked.unwrap_or(left);
    if amount > left {
        return Ok(Decision::refuse(
            ApiError::refund_too_large(amount, left),
            intent,
        ));
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
    let mut told = event(intent, EventType::Refunded, intent.state);
    if let Change::Event(event) = &mut told {
        event.refunded += amount;
    }
    Ok(Decision {
        changes: vec![Change::Refund(refund), told],
        reply: Reply::Refund(id),
    })
}

/// The intent whose money goes back. A parameter names it, so an unknown one is a 400, not a 404.
fn subject<'a>(book: &'a Book, form: &Form) -> Result<&'a Intent, ApiError> {
    let (field, kind, text) = match (form.get("payment_intent"), form.get("charge")) {
        (Some(id), _) => ("payment_intent", "payment_intent", id),
        (None, Some(id)) => ("charge", "charge", id),
        (None, None) => return Err(ApiError::missing("payment_intent")),
    };
    let id = match field {
        "charge" => {
            let charge = text.parse::<ChargeId>().ok();
            let charge = charge.and_then(|id| book.charges.get(id));
            charge.map(|charge| charge.intent)
        }
        _ => text.parse().ok(),
    };
    id.and_then(|id| book.intents.get(id))
        .ok_or_else(|| ApiError::unknown(400, field, kind, text))
}
