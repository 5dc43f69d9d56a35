//! The reminder before the time to pay is over.

use contracts::Service;

use crate::{Result, Step, keys, scripts};

replies!(
    /// Result of a reminder.
    Reminded {
        /// The customer is being reminded.
        Reminded = "REMINDED",
        /// The order had moved on.
        Late = "LATE",
        /// The delivery was settled before.
        Stale = "STALE",
        /// There is no such order.
        Unknown = "UNKNOWN",
    }
);

/// Emits `OrderPaymentDue` when most of the time to pay has passed.
///
/// # Errors
/// [`streamward::Error`].
pub async fn remind_payment_due(mut step: Step<'_>) -> Result<Reminded> {
    let all = [
        keys::order(step.partition, step.order),
        keys::stream(step.partition, Service::Order),
    ];
    let call = step
        .call(&scripts::REMIND_PAYMENT_DUE, &all)
        .arg(step.order.as_str());
    Reminded::read(&call.run(&mut step.link).await?)
}
