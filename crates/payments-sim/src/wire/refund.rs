//! The refund object.

use serde::Serialize;

use super::json;
use crate::book::{Book, Currency, Metadata, RefundReason};
use crate::ids::{ChargeId, IntentId, RefundId};

#[derive(Serialize)]
struct RefundView<'a> {
    id: RefundId,
    object: &'static str,
    amount: u64,
    charge: ChargeId,
    created: i64,
    currency: Currency,
    metadata: &'a Metadata,
    payment_intent: IntentId,
    reason: Option<RefundReason>,
    status: &'static str,
}

/// The refund's JSON.
pub(crate) fn refund(book: &Book, id: RefundId) -> Option<Vec<u8>> {
    let refund = book.refunds.get(id)?;
    let intent = book.intents.get(refund.intent)?;
    Some(json(&RefundView {
        id,
        object: "refund",
        amount: refund.amount,
        charge: refund.intent.charge(),
        created: refund.created,
        currency: intent.currency,
        metadata: &refund.metadata,
        payment_intent: refund.intent,
        reason: refund.reason,
        status: "succeeded",
    }))
}
