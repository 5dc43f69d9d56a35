//! The log of a webhook's deliveries.

use contracts::{DeliveryId, EventType, OrderId, WebhookId};
use serde::{Deserialize, Serialize};
use streamward::Runtime;

use crate::{Result, keys};

/// State of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub enum DeliveryStatus {
    /// The delivery is in progress.
    Pending,
    /// The merchant answered 2xx.
    Delivered,
    /// All attempts failed.
    Failed,
    /// The webhook was switched off when it was due.
    Skipped,
}

/// A finished attempt in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AttemptLog {
    /// Unix milliseconds at which it began.
    pub at: u64,
    /// Milliseconds it took.
    pub took: u64,
    /// The HTTP status, when there was an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Error message, when the attempt failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A delivery in the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryLog {
    /// The type of the event.
    #[serde(rename = "type")]
    pub event_type: EventType,
    /// The order, when the event is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<OrderId>,
    /// Unix milliseconds at which the delivery came into being.
    pub created_at: u64,
    /// State of the delivery.
    pub status: DeliveryStatus,
    /// The last attempts, at most 20, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attempts: Vec<AttemptLog>,
    /// Unix milliseconds of the next attempt, when it is waited for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<u64>,
}

/// The newest `limit` deliveries of a webhook, newest first.
pub async fn deliveries(
    runtime: &Runtime,
    webhook: &WebhookId,
    limit: usize,
) -> Result<Vec<(DeliveryId, DeliveryLog)>> {
    let mut link = runtime.server().link();
    let mut all = Vec::new();
    for partition in runtime.partitions() {
        let mut range = redis::cmd("ZREVRANGE");
        range.arg(keys::webhook_recent(partition, webhook));
        range.arg(0).arg(limit.saturating_sub(1));
        let ids: Vec<String> = range.query_async(&mut link).await?;
        if ids.is_empty() {
            continue;
        }
        let mut get = redis::cmd("HMGET");
        get.arg(keys::webhook_log(partition, webhook)).arg(&ids);
        let found: Vec<Option<String>> = get.query_async(&mut link).await?;
        all.extend(ids.iter().zip(found).filter_map(|(id, text)| {
            let record: DeliveryLog = serde_json::from_str(&text?).ok()?;
            Some((id.parse().ok()?, record))
        }));
    }
    all.sort_by_key(|(_, record): &(DeliveryId, DeliveryLog)| std::cmp::Reverse(record.created_at));
    all.truncate(limit);
    Ok(all)
}

/// Returns the record and the body of a delivery from the log of one partition.
pub(super) async fn kept(
    runtime: &Runtime,
    (log, bodies): (&str, &str),
    delivery: &DeliveryId,
) -> Result<Option<(DeliveryLog, String)>> {
    let mut pipe = redis::pipe();
    for key in [log, bodies] {
        pipe.cmd("HGET").arg(key).arg(delivery.as_str());
    }
    let (record, body): (Option<String>, Option<String>) =
        pipe.query_async(&mut runtime.server().link()).await?;
    let record = record.and_then(|text| serde_json::from_str(&text).ok());
    Ok(record.zip(body))
}
