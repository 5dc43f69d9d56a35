//! The payment intent and charge objects.

use std::fmt;

use serde::{Serialize, Serializer};

use super::error::DECLINED;
use super::json;
use crate::book::{CancelReason, Currency, Intent, IntentState, IntentStatus, Metadata};
use crate::ids::{ChargeId, IntentId};

/// An intent in one of its states.
#[derive(Debug, Serialize)]
pub(crate) struct IntentView<'a> {
    id: IntentId,
    object: &'static str,
    amount: u64,
    amount_capturable: u64,
    amount_received: u64,
    canceled_at: Option<i64>,
    cancellation_reason: Option<CancelReason>,
    capture_method: &'static str,
    client_secret: ClientSecret,
    confirmation_method: &'static str,
    created: i64,
    currency: Currency,
    last_payment_error: Option<PaymentError>,
    latest_charge: Option<ChargeId>,
    livemode: bool,
    metadata: &'a Metadata,
    next_action: Option<()>,
    payment_method: Option<&'static str>,
    payment_method_types: [&'static str; 1],
    status: IntentStatus,
}

/// `pi_.._secret_..`: lets a browser see and confirm this one intent.
#[derive(Debug)]
struct ClientSecret(IntentId, u64);

impl fmt::Display for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}_secret_{:016x}", self.0, self.1)
    }
}

impl Serialize for ClientSecret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[derive(Debug, Serialize)]
struct PaymentError {
    #[serde(rename = "type")]
    kind: &'static str,
    code: &'static str,
    decline_code: &'static str,
    message: &'static str,
    payment_method: PaymentMethod,
}

#[derive(Debug, Serialize)]
struct PaymentMethod {
    id: &'static str,
    object: &'static str,
}

impl<'a> IntentView<'a> {
    pub(crate) fn new(intent: &'a Intent, state: &IntentState) -> Self {
        let charged = match state.status {
            IntentStatus::Succeeded | IntentStatus::Processing => Some(intent.id.charge()),
            IntentStatus::RequiresPaymentMethod
            | IntentStatus::RequiresConfirmation
            | IntentStatus::Canceled => None,
        };
        let received = if state.status == IntentStatus::Succeeded {
            intent.amount
        } else {
            0
        };
        Self {
            id: intent.id,
            object: "payment_intent",
            amount: intent.amount,
            amount_capturable: 0,
            amount_received: received,
            canceled_at: state.canceled_at,
            cancellation_reason: state.cancel_reason,
            capture_method: "automatic",
            client_secret: ClientSecret(intent.id, intent.secret),
            confirmation_method: "automatic",
            created: intent.created,
            currency: intent.currency,
            last_payment_error: state.declined.map(|method| PaymentError {
                kind: "card_error",
                code: "card_declined",
                decline_code: "generic_decline",
                message: DECLINED,
                payment_method: PaymentMethod {
                    id: method.as_str(),
                    object: "payment_method",
                },
            }),
            latest_charge: charged,
            livemode: false,
            metadata: &intent.metadata,
            next_action: None,
            payment_method: state.method.map(crate::book::Method::as_str),
            payment_method_types: ["card"],
            status: state.status,
        }
    }
}

/// The intent's JSON, in the state given.
pub(crate) fn intent(intent: &Intent, state: &IntentState) -> Vec<u8> {
    json(&IntentView::new(intent, state))
}

/// A charge whose money was taken, and in part or in whole given back.
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
    livemode: bool,
    metadata: &'a Metadata,
    paid: bool,
    payment_intent: IntentId,
    payment_method: Option<&'static str>,
    refunded: bool,
    status: &'static str,
}

impl<'a> ChargeView<'a> {
    pub(super) fn new(intent: &'a Intent, state: &IntentState, refunded: u64) -> Self {
        Self {
            id: intent.id.charge(),
            object: "charge",
            amount: intent.amount,
            amount_captured: intent.amount,
            amount_refunded: refunded,
            captured: true,
            created: intent.created,
            currency: intent.currency,
            livemode: false,
            metadata: &intent.metadata,
            paid: true,
            payment_intent: intent.id,
            payment_method: state.method.map(crate::book::Method::as_str),
            refunded: refunded == intent.amount,
            status: "succeeded",
        }
    }
}
