//! Checkout sessions: create, expire.

use super::{Decision, Request, intents, parameters};
use crate::clock;
use crate::ids::SessionId;
use crate::state::{CancelReason, Change, Currency, Reply, Session};
use crate::wire::{ApiError, Form};

const MAX_LINES: usize = 100;

/// `POST /v1/checkout/sessions`: creates an intent over the sum of the lines, with a pay page.
pub(crate) fn create(request: &Request<'_>) -> Result<Decision, ApiError> {
    let form = request.form;
    if parameters::required(form, "mode")? != "payment" {
        let text = "Only mode=payment is simulated.";
        return Err(ApiError::invalid_string("mode", text));
    }
    let (amount, currency) = total(form)?;
    let metadata = parameters::metadata(form, "payment_intent_data[metadata]")?;
    let mut intent = intents::open(amount, currency, metadata);
    let session = Session {
        id: SessionId::generate(),
        intent: intent.id,
        created: clock::now(),
        success_url: parameters::url(form, "success_url")?,
        cancel_url: parameters::url(form, "cancel_url")?,
        client_reference_id: form.get("client_reference_id").map(Box::from),
        metadata: parameters::metadata(form, "metadata")?,
    };
    intent.return_url.clone_from(&session.success_url);
    let reply = Reply::Session(session.id);
    let changes = vec![Change::Open(Box::new(intent)), Change::Session(session)];
    Ok(Decision { changes, reply })
}

/// `POST /v1/checkout/sessions/{id}/expire`: cancels the session's intent.
pub(crate) fn expire(request: &Request<'_>) -> Result<Decision, ApiError> {
    let &Request { provider, id, .. } = request;
    let unknown = || ApiError::unknown(404, "session", "checkout.session", id);
    let session = id.parse::<SessionId>().ok();
    let session = session.and_then(|id| provider.sessions.get(&id));
    let session = session.ok_or_else(unknown)?;
    let intent = provider.intents.get(&session.intent).ok_or_else(unknown)?;
    if !intents::awaits_payment(intent.state.status) {
        return Ok(Decision {
            changes: Vec::new(),
            reply: ApiError::session_not_open().into_reply(),
        });
    }
    let (state, changes) = intents::cancel_changes(intent, Some(CancelReason::Abandoned));
    let id = session.id;
    Ok(Decision {
        changes,
        reply: Reply::SessionIn { id, state },
    })
}

/// Returns the sum of `line_items[n]`, numbered from zero without gaps, all in one currency.
fn total(form: &Form) -> Result<(u64, Currency), ApiError> {
    let mut sum: Option<(u64, Currency)> = None;
    for number in 0..MAX_LINES {
        let line = format!("line_items[{number}]");
        if !form.has_nested(&line) {
            break;
        }
        let code = format!("{line}[price_data][currency]");
        let currency = parameters::currency(form, &code)?;
        let price = format!("{line}[price_data][unit_amount]");
        let unit = parameters::amount(form, &price)?.ok_or_else(|| ApiError::missing(&price))?;
        let quantity = parameters::amount(form, &format!("{line}[quantity]"))?.unwrap_or(1);
        let (before, first) = sum.unwrap_or((0, currency));
        if currency != first {
            let text = "All lines must have one currency.";
            return Err(ApiError::invalid_string(&code, text));
        }
        let after = unit
            .checked_mul(quantity)
            .and_then(|line| line.checked_add(before))
            .filter(|&after| after <= parameters::MAX_AMOUNT)
            .ok_or_else(|| ApiError::invalid(&price, "amount_too_large", "Below 2^53."))?;
        sum = Some((after, first));
    }
    sum.ok_or_else(|| ApiError::missing("line_items"))
}
