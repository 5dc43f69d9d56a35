//! Translation of the provider's events to charge reports.

use contracts::{
    Currency, Money, OrderId,
    event::{ChargeReport, ChargeStatus, Failure},
};
use serde_json::Value;

use crate::problem::Problem;

/// Returns the report for the payment service; `None` when the event is not about a payment of this shop.
///
/// Unknown members are ignored: the provider may add some at any time.
pub(crate) fn read(event: &Value) -> Result<Option<ChargeReport>, Problem> {
    let result = match event["type"].as_str() {
        Some("payment_intent.succeeded") => ChargeStatus::Succeeded,
        Some("payment_intent.payment_failed") => ChargeStatus::Failed,
        Some("payment_intent.canceled") => ChargeStatus::Canceled,
        _ => return Ok(None),
    };
    let intent = &event["data"]["object"];
    let order_id = intent["metadata"]["order_id"].as_str();
    let Some(order_id) = order_id.and_then(|id| id.parse::<OrderId>().ok()) else {
        return Ok(None);
    };
    let callback = callback(event, intent, order_id, result);
    let incomplete = || {
        Problem::malformed_json(
            "The signature is valid, but this is not an event of a payment intent.",
        )
    };
    callback.map(Some).ok_or_else(incomplete)
}

fn callback(
    event: &Value,
    intent: &Value,
    order_id: OrderId,
    result: ChargeStatus,
) -> Option<ChargeReport> {
    let currency = intent["currency"]
        .as_str()?
        .to_ascii_uppercase()
        .parse::<Currency>()
        .ok()?;
    let captured = match result {
        ChargeStatus::Succeeded => intent["amount_received"].as_i64()?,
        ChargeStatus::Failed | ChargeStatus::Canceled => 0,
    };
    Some(ChargeReport {
        order_id,
        event_id: event["id"].as_str()?.to_owned(),
        intent_id: intent["id"].as_str()?.to_owned(),
        charge_id: failed_charge(&intent["last_payment_error"], result),
        result,
        amount: Money::new(captured, currency),
        failure: failure(&intent["last_payment_error"], result),
    })
}

/// Returns the charge that failed. An intent that succeeded may still name one that failed before.
fn failed_charge(error: &Value, result: ChargeStatus) -> Option<String> {
    let charge = error["charge"].as_str().map(ToOwned::to_owned);
    charge.filter(|_| result == ChargeStatus::Failed)
}

/// Returns the failure; its message includes the bank's reason, where there is one.
fn failure(error: &Value, result: ChargeStatus) -> Option<Failure> {
    let code = match result {
        ChargeStatus::Succeeded => return None,
        ChargeStatus::Failed => error["code"].as_str().unwrap_or("payment_failed"),
        ChargeStatus::Canceled => error["code"].as_str()?,
    };
    let message = error["message"].as_str().unwrap_or("The payment failed.");
    let message = match error["decline_code"].as_str() {
        Some(reason) => format!("{message} ({reason})"),
        None => message.to_owned(),
    };
    Some(Failure {
        code: code.to_owned(),
        message,
    })
}
