//! The payment intent object.

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
    description: Option<&'a str>,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    charge: Option<ChargeId>,
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
            description: intent.description.as_deref(),
            last_payment_error: state.declined.map(|method| PaymentError {
                charge: state.declined_charge,
                kind: "card_error",
                code: "card_declined",
                decline_code: "generic_decline",
                message: DECLINED,
                payment_method: PaymentMethod {
                    id: method.as_str(),
                    object: "payment_method",
                },
            }),
            latest_charge: state.charge_of(intent.id).map(|(charge, _)| charge),
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
