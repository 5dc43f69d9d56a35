//! The charge object.

use serde::Serialize;

use super::error::DECLINED;
use super::json;
use crate::book::{Book, Charge, Currency, Intent, IntentState, IntentStatus, Metadata, Method};
use crate::ids::{ChargeId, IntentId};

/// A charge; its money may be taken, and in part or in whole given back.
#[derive(Debug, Serialize)]
pub(super) struct ChargeView<'a> {
    id: ChargeId,
    object: &'static str,
    amount: u64,
    amount_captured: u64,
    amount_refunded: u64,
    captured: bool,
    created: i64,
    currency: Currency,
    description: Option<&'a str>,
    failure_code: Option<&'static str>,
    failure_message: Option<&'static str>,
    livemode: bool,
    metadata: &'a Metadata,
    paid: bool,
    payment_intent: IntentId,
    payment_method: Option<&'static str>,
    refunded: bool,
    status: &'static str,
}

impl<'a> ChargeView<'a> {
    /// The charge that took, or is taking, the money of an intent in this state.
    pub(super) fn new(intent: &'a Intent, state: &IntentState, refunded: u64) -> Self {
        let paid = state.status == IntentStatus::Succeeded;
        Self {
            id: intent.id.charge(),
            object: "charge",
            amount: intent.amount,
            amount_captured: if paid { intent.amount } else { 0 },
            amount_refunded: refunded,
            captured: paid,
            created: intent.created,
            currency: intent.currency,
            description: intent.description.as_deref(),
            failure_code: None,
            failure_message: None,
            livemode: false,
            metadata: &intent.metadata,
            paid,
            payment_intent: intent.id,
            payment_method: state.method.map(Method::as_str),
            refunded: paid && refunded == intent.amount,
            status: if paid { "succeeded" } else { "pending" },
        }
    }

    /// As it stands now; `None` when its intent is not in the book.
    pub(super) fn of(book: &'a Book, charge: &Charge) -> Option<Self> {
        let intent = book.intents.get(charge.intent)?;
        let whole = Self::new(intent, &intent.state, intent.refunded);
        if !charge.failed {
            return Some(whole);
        }
        Some(Self {
            id: charge.id,
            amount_captured: 0,
            amount_refunded: 0,
            captured: false,
            created: charge.id.created(),
            failure_code: Some("card_declined"),
            failure_message: Some(DECLINED),
            paid: false,
            payment_method: charge.method.map(Method::as_str),
            refunded: false,
            status: "failed",
            ..whole
        })
    }
}

/// The charge's JSON.
pub(crate) fn charge(book: &Book, id: ChargeId) -> Option<Vec<u8>> {
    ChargeView::of(book, book.charges.get(id)?).map(|view| json(&view))
}
