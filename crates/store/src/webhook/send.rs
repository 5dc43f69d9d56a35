//! Starts deliveries: for an order's event, as a ping, or as a replay from the log.

use std::collections::HashMap;

use contracts::{
    DeliveryId, EventType, Service, WebhookId,
    event::{Message, WebhookAttempt},
};
use sha2::{Digest, Sha256};
use streamward::{Envelope, Error, Partition, Runtime, TraceParent, clock, pack};

use super::{DeliveryLog, DeliveryStatus, KEPT, Subscription, log, repository::parse};
use crate::{
    Result, Step, keys, read,
    script::{self, json},
};

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

replies! {
    /// Result of a ping or a replay.
    pub Sent {
        /// The delivery is in progress.
        Sent(DeliveryId) = "SENT" | "REPLAYED",
        /// The delivery was in progress before.
        Pending = "PENDING",
        /// The webhook is switched off.
        Disabled = "DISABLED",
        /// There is no such webhook, or no such delivery in its log.
        Unknown = "UNKNOWN",
    }
}

/// The webhooks of this partition, in no particular order.
pub async fn subscribers(runtime: &Runtime, partition: &Partition) -> Result<Vec<Subscription>> {
    let key = keys::webhooks(partition);
    let all: HashMap<String, String> = read::hash(&mut runtime.server().link(), &key).await?;
    Ok(all.values().filter_map(|text| parse(text)).collect())
}

/// The delivery of one event to one webhook. Its id is derived from both, so that a repeated event is
/// the same delivery.
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

/// The record of a new delivery for the log.
fn record(attempt: &WebhookAttempt, created_at: u64) -> Result<String> {
    let record = DeliveryLog {
        event_type: attempt.event_type,
        order_id: attempt.order_id.clone(),
        created_at,
        status: DeliveryStatus::Pending,
        attempts: Vec::new(),
        next: None,
    };
    json("delivery", &record)
}

/// Makes one delivery per webhook of `to`, and settles the order's event. Returns false when it was
/// settled before.
pub async fn fan_out_event(
    step: Step<'_>,
    event: &OutgoingEvent<'_>,
    to: &[Subscription],
) -> Result<bool> {
    let now = clock::now_ms();
    let mut keys = vec![
        keys::webhooks(step.partition),
        step.partition.inbox(Service::Webhook.name()),
    ];
    let mut deliveries = Vec::with_capacity(to.len());
    for webhook in to {
        keys.extend(log_keys(step.partition, &webhook.id));
        let attempt = WebhookAttempt {
            webhook_id: webhook.id.clone(),
            delivery_id: delivery_of(&webhook.id, event.event_id)?,
            event_type: event.event_type,
            order_id: Some(step.order.clone()),
            failed: 0,
            body: event.body.to_owned(),
        };
        let logged = (
            record(&attempt, now)?,
            pack(WebhookAttempt::KIND, &attempt)?,
        );
        deliveries.push(((&webhook.id, attempt.delivery_id), logged));
    }
    let script = script!(emits "webhook/fan_out_event" {
        body: event.body,
        now,
        keep: KEPT,
        deliveries,
    });
    step.run(&keys, script).await
}

/// Sends a webhook a ping, an event without content, to test the endpoint.
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
    let [log, bodies, recent] = log_keys(partition, webhook);
    let inbox = partition.inbox(Service::Webhook.name());
    let script = script!("webhook/send_ping" {
        envelope,
        webhook,
        delivery: &attempt.delivery_id,
        record: record(&attempt, now)?,
        attempt: pack(WebhookAttempt::KIND, &attempt)?,
        body,
        now,
        keep: KEPT,
    });
    let keys = [keys::webhooks(partition), inbox, log, bodies, recent];
    script::run(runtime, &keys, script).await
}

/// Sends a delivery of the log again, under the same id and with the same body.
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
        let inbox = partition.inbox(Service::Webhook.name());
        let script = script!("webhook/replay_delivery" {
            envelope: Envelope::next(trace),
            webhook,
            delivery,
            attempt: pack(WebhookAttempt::KIND, &attempt)?,
        });
        return script::run(runtime, &[keys::webhooks(partition), inbox, log], script).await;
    }
    Ok(Sent::Unknown)
}
