//! Callbacks of the provider.

use std::time::Duration;

use contracts::{
    Service,
    event::{ChargeReport, ChargeStatus, Message},
};
use streamward::{Envelope, Partition, Runtime, TraceParent, publish};

use super::{keys_in, processed};
use crate::{Result, script, step::partition_of};

/// Pauses between looks for the intent that a callback reports, in milliseconds: a callback may overtake
/// the answer to its charge. The first looks follow each other, because a short sleep takes up to two
/// milliseconds.
const PAUSES: [u64; 9] = [0, 0, 0, 1, 2, 4, 8, 16, 32];

replies! {
    /// Result of recording a capture.
    Captured {
        /// The capture is recorded, now or before.
        Recorded = "RECORDED" | "DUPLICATE",
        /// The order's intent is not recorded yet.
        Unknown = "UNKNOWN",
        /// The report does not match the stored intent; the provider must be polled.
        Doubtful = "DOUBTFUL",
    }
}

/// Receives a verified callback of the provider.
///
/// A capture of the order's intent is recorded at once. Every other report waits in the payment
/// service's inbox.
///
/// # Errors
/// [`streamward::Error`]; the provider must then repeat the callback.
pub async fn receive_callback(
    runtime: &Runtime,
    callback: &ChargeReport,
    trace: TraceParent,
) -> Result<()> {
    let partition = partition_of(runtime, &callback.order_id)?;
    let is_capture = callback.result == ChargeStatus::Succeeded;
    if is_capture && record_capture(runtime, partition, callback, trace).await? {
        return Ok(());
    }
    let inbox = partition.inbox(Service::Payment.name());
    let kind = (ChargeReport::KIND, ChargeReport::VERSION);
    let (mut link, envelope) = (runtime.server().link(), Envelope::next(trace));
    let order = callback.order_id.as_str();
    publish(&mut link, &inbox, kind, order, &envelope, callback).await?;
    Ok(())
}

/// Records a capture, and returns whether that was possible.
async fn record_capture(
    runtime: &Runtime,
    partition: &Partition,
    report: &ChargeReport,
    trace: TraceParent,
) -> Result<bool> {
    let keys = keys_in(partition, &report.order_id);
    let event = processed(report, None)?;
    let mut pauses = PAUSES.into_iter().map(Duration::from_millis);
    loop {
        let script = script!("payment/record_capture" {
            envelope: Envelope::next(trace),
            order: &report.order_id,
            intent: &report.intent_id,
            captured: report.amount,
            event: &event,
        });
        match (script::run(runtime, &keys, script).await?, pauses.next()) {
            (Captured::Recorded, _) => return Ok(true),
            (Captured::Unknown, Some(Duration::ZERO)) => tokio::task::yield_now().await,
            (Captured::Unknown, Some(pause)) => tokio::time::sleep(pause).await,
            (Captured::Unknown, None) | (Captured::Doubtful, _) => return Ok(false),
        }
    }
}
