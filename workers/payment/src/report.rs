//! How a charge ended, when it is not a callback alone that says so.

use contracts::{
    Money, OrderId,
    event::{ChargeReport, ChargeStatus, Failure},
};

use crate::gateway::{FailedCharge, IntentTruth};

/// The intent of a payment of nothing, of which the provider knows nothing.
pub(crate) const FREE: &str = "free";

/// An order that costs nothing is paid.
pub(crate) fn of_nothing(order: &OrderId, nothing: Money) -> ChargeReport {
    ChargeReport {
        order_id: order.clone(),
        event_id: FREE.to_owned(),
        intent_id: FREE.to_owned(),
        charge_id: None,
        result: ChargeStatus::Succeeded,
        amount: nothing,
        failure: None,
    }
}

/// The provider, asked about the intent, says that it was captured.
pub(crate) fn looked_up(order: &OrderId, intent_id: String, truth: &IntentTruth) -> ChargeReport {
    ChargeReport {
        order_id: order.clone(),
        event_id: format!("{intent_id}-looked-up"),
        intent_id,
        charge_id: None,
        result: ChargeStatus::Succeeded,
        amount: truth.captured,
        failure: None,
    }
}

/// The provider, asked about the intent, says that this charge failed.
pub(crate) fn looked_up_failure(
    order: &OrderId,
    intent_id: String,
    truth: &IntentTruth,
    charge: &FailedCharge,
) -> ChargeReport {
    ChargeReport {
        order_id: order.clone(),
        event_id: format!("{}-looked-up", charge.id),
        intent_id,
        charge_id: Some(charge.id.clone()),
        result: ChargeStatus::Failed,
        amount: nothing_of(truth.captured),
        failure: Some(charge.failure.clone()),
    }
}

/// What a refusal of the order's `attempt`-th charge is known by.
pub(crate) fn refusal_id(intent_id: &str, attempt: u32) -> String {
    format!("{intent_id}-refused-{attempt}")
}

/// The provider did not take the method of the order's `attempt`-th charge.
pub(crate) fn refused(
    order: &OrderId,
    intent_id: String,
    attempt: u32,
    asked_for: Money,
    failure: Failure,
) -> ChargeReport {
    ChargeReport {
        order_id: order.clone(),
        event_id: refusal_id(&intent_id, attempt),
        intent_id,
        charge_id: None,
        result: ChargeStatus::Failed,
        amount: nothing_of(asked_for),
        failure: Some(failure),
    }
}

const fn nothing_of(money: Money) -> Money {
    Money::new(0, money.currency)
}

/// The report in the provider's own words, when the intent is this order's.
pub(crate) fn confirmed_by(truth: &IntentTruth, report: &ChargeReport) -> Option<ChargeReport> {
    if truth.order_id.as_deref() != Some(report.order_id.as_str()) {
        return None;
    }
    match (truth.succeeded(), report.result) {
        // Captured is captured, whatever an older report says.
        (true, _) => Some(ChargeReport {
            result: ChargeStatus::Succeeded,
            amount: truth.captured,
            failure: None,
            charge_id: None,
            ..report.clone()
        }),
        (false, ChargeStatus::Succeeded) => None,
        (false, ChargeStatus::Failed | ChargeStatus::Canceled) => Some(report.clone()),
    }
}
