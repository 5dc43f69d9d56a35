//! Starts deliveries: for an order's event, as a ping, or as a replay from the log.

use std::collections::HashMap;

use contracts::{
    DeliveryId, EventType, OrderId, Service, WebhookId,
    event::{Message, WebhookAttempt},
};
use sha2::{Digest, Sha256};
use streamward::{Envelope, Error, Partition, Runtime, TraceParent, clock, pack};

use super::{DeliveryLog, DeliveryStatus, KEPT, Subscription, log, repository::read};
use crate::{Result, Step, keys, scripts};

/// An event of an order in the form that merchants receive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutgoingEvent<'a> {
    /// The event's own id.
    pub event_id: &'a str,
    /// Its type.
    pub event_type: EventType,
    /// The JSON to be posted.
    pub body: &'a str,
}

/// Result of a ping or a replay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// The delivery is in progress.
    Sent(DeliveryId),
    /// The delivery was in progress before.
    Pending,
    /// The webhook is switched off.
    Disabled,
    /// There is no such webhook, or no such delivery in its log.
    Unknown,
}

/// The webhooks of this partition, in no particular order.
///
/// # Errors
/// [`streamward::Error`].
pub async fn subscribers(runtime: &Runtime, partition: &Partition) -> Result<Vec<Subscription>> {
    let mut get = redis::cmd("HGETALL");
    get.arg(keys::webhooks(partition));
    let all: HashMap<String, String> = get.query_async(&mut runtime.server().link()).await?;
    Ok(all.values().filter_map(|text| read(text)).collect())
}

/// The delivery of one event to one webhook. It follows from the two, so that an event that comes
/// twice is the same delivery.
fn delivery_of(webhook: &WebhookId, event: &str) -> Result<DeliveryId> {
    let digest = Sha256::digest(format!("{webhook} {event}").as_bytes());
    let id = format!("msg_{}", hex::encode(&digest[..16]));
    id.parse().map_err(|_| Error::KeyPart {
        what: "delivery",
        value: id,
    })
}

fn log_keys(partition: &Partition, webhook: &WebhookId) -> [String; 3] {
    [
        keys::webhook_log(partition, webhook),
        keys::webhook_bodies(partition, webhook),
        keys::webhook_recent(partition, webhook),
    ]
}

fn packed(record: &DeliveryLog, attempt: &WebhookAttempt) -> Result<(String, Vec<u8>)> {
    let record = serde_json::to_string(record).map_err(|error| Error::Pack {
        kind: "delivery",
        cause: error.to_string(),
    })?;
    Ok((record, pack(WebhookAttempt::KIND, attempt)?))
}

const fn record(event_type: EventType, order_id: Option<OrderId>, created_at: u64) -> DeliveryLog {
    DeliveryLog {
        event_type,
        order_id,
        created_at,
        status: DeliveryStatus::Pending,
        attempts: Vec::new(),
        next: None,
    }
}

/// Makes one delivery per webhook of `to`, and settles the order's event. Says whether it was the
/// first to do so.
///
/// # Errors
/// [`streamward::Error`].
pub async fn fan_out_event(
    mut step: Step<'_>,
    news: &OutgoingEvent<'_>,
    to: &[Subscription],
) -> Result<bool> {
    let now = clock::now_ms();
    let mut all = vec![
        keys::webhooks(step.partition),
        step.partition.inbox(Service::Webhook.name()),
    ];
    for webhook in to {
        all.extend(log_keys(step.partition, &webhook.id));
    }
    let mut call = step
        .call(&scripts::FAN_OUT_EVENT, &all)
        .arg(news.body)
        .arg(now)
        .arg(KEPT);
    for webhook in to {
        let attempt = WebhookAttempt {
            webhook_id: webhook.id.clone(),
            delivery_id: delivery_of(&webhook.id, news.event_id)?,
            event_type: news.event_type,
            order_id: Some(step.order.clone()),
            failed: 0,
            body: news.body.to_owned(),
        };
        let record = record(news.event_type, attempt.order_id.clone(), now);
        let (record, packed) = packed(&record, &attempt)?;
        call = call
            .arg(webhook.id.as_str())
            .arg(attempt.delivery_id.as_str())
            .arg(record)
            .arg(packed);
    }
    let reply = call.run(&mut step.link).await?;
    match reply.tag() {
        "FANNED_OUT" => Ok(true),
        "STALE" => Ok(false),
        _ => Err(reply.unexpected()),
    }
}

/// Sends a webhook an event that says nothing, to see whether it answers.
///
/// # Errors
/// [`streamward::Error`].
pub async fn send_ping(
    runtime: &Runtime,
    webhook: &WebhookId,
    body: &str,
    trace: TraceParent,
) -> Result<Sent> {
    let partition = &runtime.partitions()[0];
    let (envelope, now) = (Envelope::next(trace), clock::now_ms());
    let attempt = WebhookAttempt {
        webhook_id: webhook.clone(),
        delivery_id: delivery_of(webhook, &envelope.id)?,
        event_type: EventType::Ping,
        order_id: None,
        failed: 0,
        body: body.to_owned(),
    };
    let (record, packed) = packed(&record(EventType::Ping, None, now), &attempt)?;
    let [log, bodies, recent] = log_keys(partition, webhook);
    let inbox = partition.inbox(Service::Webhook.name());
    let reply = scripts::SEND_PING
        .call(&[keys::webhooks(partition), inbox, log, bodies, recent])
        .arg(&envelope.id)
        .arg(&envelope.at)
        .arg(&envelope.tp)
        .arg(webhook.as_str())
        .arg(attempt.delivery_id.as_str())
        .arg(record)
        .arg(packed)
        .arg(body)
        .arg(now)
        .arg(KEPT)
        .run(&mut runtime.server().link())
        .await?;
    match reply.tag() {
        "SENT" => Ok(Sent::Sent(attempt.delivery_id)),
        "DISABLED" => Ok(Sent::Disabled),
        "UNKNOWN" => Ok(Sent::Unknown),
        _ => Err(reply.unexpected()),
    }
}

/// Sends a delivery of the log again, under the same id and with the same body.
///
/// # Errors
/// [`streamward::Error`].
pub async fn replay_delivery(
    runtime: &Runtime,
    webhook: &WebhookId,
    delivery: &DeliveryId,
    trace: TraceParent,
) -> Result<Sent> {
    for partition in runtime.partitions() {
        let [log, bodies, _] = log_keys(partition, webhook);
        let Some((record, body)) = log::kept(runtime, (&log, &bodies), delivery).await? else {
            continue;
        };
        let attempt = WebhookAttempt {
            webhook_id: webhook.clone(),
            delivery_id: delivery.clone(),
            event_type: record.event_type,
            order_id: record.order_id,
            failed: 0,
            body,
        };
        let envelope = Envelope::next(trace);
        let inbox = partition.inbox(Service::Webhook.name());
        let reply = scripts::REPLAY_DELIVERY
            .call(&[keys::webhooks(partition), inbox, log])
            .arg(&envelope.id)
            .arg(&envelope.at)
            .arg(&envelope.tp)
            .arg(webhook.as_str())
            .arg(delivery.as_str())
            .arg(pack(WebhookAttempt::KIND, &attempt)?)
            .run(&mut runtime.server().link())
            .await?;
        return match reply.tag() {
            "REPLAYED" => Ok(Sent::Sent(delivery.clone())),
            "PENDING" => Ok(Sent::Pending),
            "DISABLED" => Ok(Sent::Disabled),
            "UNKNOWN" => Ok(Sent::Unknown),
            _ => Err(reply.unexpected()),
        };
    }
    Ok(Sent::Unknown)
}
