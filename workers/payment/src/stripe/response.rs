//! Bodies of the provider's responses, and their meaning.

use std::collections::HashMap;

use contracts::{Currency, Money, event::Failure};
use serde::Deserialize;

use crate::gateway::{FailedCharge, GatewayError, IntentSnapshot, IntentStatus};

#[derive(Deserialize)]
pub(super) struct IntentBody {
    pub(super) id: String,
    #[serde(default)]
    pub(super) status: String,
    #[serde(default)]
    pub(super) amount_received: i64,
    #[serde(default)]
    pub(super) currency: String,
    #[serde(default)]
    pub(super) metadata: HashMap<String, String>,
    #[serde(default)]
    pub(super) last_payment_error: Option<ErrorObject>,
}

#[derive(Deserialize)]
pub(super) struct RefundBody {
    pub(super) id: String,
    pub(super) amount: i64,
    pub(super) currency: String,
}

#[derive(Deserialize)]
pub(super) struct ErrorBody {
    pub(super) error: ErrorObject,
}

#[derive(Deserialize)]
pub(super) struct ErrorObject {
    #[serde(default, rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) code: Option<String>,
    #[serde(default)]
    pub(super) decline_code: Option<String>,
    #[serde(default)]
    pub(super) message: Option<String>,
    #[serde(default)]
    pub(super) charge: Option<String>,
}

pub(super) fn currency_of(lower_case: &str, id: &str) -> Result<Currency, GatewayError> {
    let currency = lower_case.to_uppercase().parse();
    currency.map_err(|error| GatewayError::Refused(format!("currency of {id}: {error}")))
}

/// Returns the failure as shown to the customer, with the bank's reason if given.
pub(super) fn failure(error: &ErrorObject) -> Failure {
    let message = error.message.as_deref().unwrap_or("The payment failed.");
    let message = match &error.decline_code {
        Some(reason) => format!("{message} ({reason})"),
        None => message.to_owned(),
    };
    let code = error.code.as_deref().unwrap_or("payment_failed");
    Failure {
        code: code.to_owned(),
        message,
    }
}

fn status_of(word: &str) -> IntentStatus {
    match word {
        "succeeded" => IntentStatus::Succeeded,
        "canceled" => IntentStatus::Canceled,
        "requires_payment_method" | "requires_confirmation" | "requires_action" => {
            IntentStatus::Unpaid
        }
        // An unknown state may still capture money.
        _ => IntentStatus::Processing,
    }
}

pub(super) fn snapshot(body: &IntentBody) -> Result<IntentSnapshot, GatewayError> {
    let currency = currency_of(&body.currency, &body.id)?;
    let error = body.last_payment_error.as_ref();
    let failed = |error: &ErrorObject| {
        Some(FailedCharge {
            id: error.charge.clone()?,
            failure: failure(error),
        })
    };
    Ok(IntentSnapshot {
        order_id: body.metadata.get("order_id").cloned(),
        status: status_of(&body.status),
        captured: Money::new(body.amount_received, currency),
        failure: error.and_then(failed),
    })
}
