//! Webhooks and their deliveries as administrators see them.

use contracts::{DeliveryId, EventType, OrderId, Topics, WebhookId, event::DisableReason};
use serde::Serialize;
use store::webhook::{Made, Record, Status, Subscription};
use streamward::clock::rfc3339;

/// A webhook in JSON. Its secret is shown when it is made, and never again.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WebhookJson {
    id: WebhookId,
    url: String,
    event_types: Topics,
    description: Option<String>,
    enabled: bool,
    disabled: Option<DisabledJson>,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
    /// Until when the secret before the one shown signs too.
    #[serde(skip_serializing_if = "Option::is_none")]
    previous_secret_until: Option<String>,
}

#[derive(Serialize)]
struct DisabledJson {
    reason: DisableReason,
    at: String,
}

impl From<Subscription> for WebhookJson {
    fn from(webhook: Subscription) -> Self {
        Self {
            id: webhook.id,
            url: webhook.url,
            event_types: webhook.event_types,
            description: webhook.description,
            enabled: webhook.enabled,
            disabled: webhook.disabled.map(|since| DisabledJson {
                reason: since.reason,
                at: rfc3339(since.at),
            }),
            created_at: rfc3339(webhook.created_at),
            secret: None,
            previous_secret_until: None,
        }
    }
}

impl WebhookJson {
    /// The same with a secret that was made just now.
    pub(super) fn with_secret(mut self, secret: String) -> Self {
        self.secret = Some(secret);
        self
    }

    /// The same with the Unix milliseconds until which the secret before signs too.
    pub(super) fn with_previous_until(mut self, ms: u64) -> Self {
        self.previous_secret_until = Some(rfc3339(ms));
        self
    }
}

/// A delivery in JSON.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DeliveryJson {
    id: DeliveryId,
    #[serde(rename = "type")]
    event_type: EventType,
    order_id: Option<OrderId>,
    status: Status,
    created_at: String,
    attempts: Vec<AttemptJson>,
    next_attempt_at: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AttemptJson {
    at: String,
    duration_ms: u64,
    status: Option<u16>,
    error: Option<String>,
}

impl From<Made> for AttemptJson {
    fn from(made: Made) -> Self {
        Self {
            at: rfc3339(made.at),
            duration_ms: made.took,
            status: made.status,
            error: made.error,
        }
    }
}

impl From<(DeliveryId, Record)> for DeliveryJson {
    fn from((id, record): (DeliveryId, Record)) -> Self {
        Self {
            id,
            event_type: record.event_type,
            order_id: record.order_id,
            status: record.status,
            created_at: rfc3339(record.created_at),
            attempts: record.attempts.into_iter().map(AttemptJson::from).collect(),
            next_attempt_at: record.next.map(rfc3339),
        }
    }
}
