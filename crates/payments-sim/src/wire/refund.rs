//! The refund object.

use serde::Serialize;

use super::json;
use crate::book::{Book, Currency, Metadata, Refund, RefundReason};
use crate::ids::{ChargeId, IntentId, RefundId};

#[derive(Serialize)]
pub(super) struct RefundView<'a> {
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

impl<'a> RefundView<'a> {
    /// `None` when its intent is not in the book.
    pub(super) fn of(book: &'a Book, refund: &'a Refund) -> Option<Self> {
        let intent = book.intents.get(refund.intent)?;
        Some(Self {
            id: refund.id,
            object: "refund",
            amount: refund.amount,
            charge: refund.intent.charge(),
            created: refund.created,
            currency: intent.currency,
            metadata: &refund.metadata,
            payment_intent: refund.intent,
            reason: refund.reason,
            status: "succeeded",
        })
    }
}

/// The refund's JSON.
pub(crate) fn refund(book: &Book, id: RefundId) -> Option<Vec<u8>> {
    RefundView::of(book, book.refunds.get(id)?).map(|view| json(&view))
}
