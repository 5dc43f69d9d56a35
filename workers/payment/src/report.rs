//! Reports on charges that do not come from a callback alone.

use contracts::{
    Money, OrderId,
    event::{ChargeReport, ChargeStatus, Failure},
};

use crate::gateway::{FailedCharge, IntentSnapshot};

/// Intent id of a free order's payment, which never reaches the provider.
pub(crate) const FREE: &str = "free";

/// Returns the report that pays a free order.
pub(crate) fn free_order(order: &OrderId, nothing: Money) -> ChargeReport {
    succeeded(order, FREE.to_owned(), FREE.to_owned(), nothing)
}

/// Returns the report on an intent that was captured.
pub(crate) fn captured(
    order: &OrderId,
    intent_id: String,
    snapshot: &IntentSnapshot,
) -> ChargeReport {
    let event_id = format!("{intent_id}-looked-up");
    succeeded(order, event_id, intent_id, snapshot.captured)
}

fn succeeded(order: &OrderId, event_id: String, intent_id: String, amount: Money) -> ChargeReport {
    ChargeReport {
        order_id: order.clone(),
        event_id,
        intent_id,
        charge_id: None,
        result: ChargeStatus::Succeeded,
        amount,
        failure: None,
    }
}

/// Returns the report on a charge that failed.
pub(crate) fn failed(
    order: &OrderId,
    intent_id: String,
    snapshot: &IntentSnapshot,
    charge: &FailedCharge,
) -> ChargeReport {
    ChargeReport {
        order_id: order.clone(),
        event_id: format!("{}-looked-up", charge.id),
        intent_id,
        charge_id: Some(charge.id.clone()),
        result: ChargeStatus::Failed,
        amount: Money::new(0, snapshot.captured.currency),
        failure: Some(charge.failure.clone()),
    }
}

/// Returns the event id of the refusal of the order's `attempt`-th charge.
pub(crate) fn refusal_id(intent_id: &str, attempt: u32) -> String {
    format!("{intent_id}-refused-{attempt}")
}

/// Returns the report on the order's `attempt`-th charge, whose method the provider refused.
pub(crate) fn refused(
    order: &OrderId,
    intent_id: String,
    attempt: u32,
    total: Money,
    failure: Failure,
) -> ChargeReport {
    ChargeReport {
        order_id: order.clone(),
        event_id: refusal_id(&intent_id, attempt),
        intent_id,
        charge_id: None,
        result: ChargeStatus::Failed,
        amount: Money::new(0, total.currency),
        failure: Some(failure),
    }
}

/// Returns the report as the provider confirms it, when the intent belongs to this order.
pub(crate) fn confirmed(snapshot: &IntentSnapshot, report: &ChargeReport) -> Option<ChargeReport> {
    if snapshot.order_id.as_deref() != Some(report.order_id.as_str()) {
        return None;
    }
    match (snapshot.succeeded(), report.result) {
        // A capture stands, whatever an older report says.
        (true, _) => Some(ChargeReport {
            result: ChargeStatus::Succeeded,
            amount: snapshot.captured,
            failure: None,
            charge_id: None,
            ..report.clone()
        }),
        (false, ChargeStatus::Succeeded) => None,
        (false, ChargeStatus::Failed | ChargeStatus::Canceled) => Some(report.clone()),
    }
}
