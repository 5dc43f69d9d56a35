//! Webhooks and their deliveries as administrators see them.

use contracts::{DeliveryId, EventSelection, EventType, OrderId, WebhookId, event::DisableReason};
use serde::Serialize;
use store::webhook::{AttemptLog, DeliveryLog, DeliveryStatus, Subscription};
use streamward::clock::rfc3339;
use utoipa::ToSchema;

/// A webhook. Its secret is shown only when it is created or rotated.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Webhook)]
pub(crate) struct WebhookJson {
    id: WebhookId,
    url: String,
    /// Types of events, or `*` alone.
    #[schema(value_type = Vec<String>)]
    event_types: EventSelection,
    description: Option<String>,
    enabled: bool,
    /// Reason and time of its deactivation, when it is disabled.
    disabled: Option<DisabledJson>,
    #[schema(format = DateTime)]
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "whsec_...")]
    secret: Option<String>,
    /// Time until which the previous secret also signs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    previous_secret_until: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = WebhookDisabled)]
struct DisabledJson {
    /// `gone`, `exhausted` or `byAdmin`.
    reason: DisableReason,
    #[schema(format = DateTime)]
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
    /// Adds the new secret.
    pub(crate) fn with_secret(mut self, secret: String) -> Self {
        self.secret = Some(secret);
        self
    }

    /// Adds the time until which the previous secret also signs, in Unix milliseconds.
    pub(crate) fn with_previous_until(mut self, ms: u64) -> Self {
        self.previous_secret_until = Some(rfc3339(ms));
        self
    }
}

/// A delivery.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Delivery)]
pub(crate) struct DeliveryJson {
    id: DeliveryId,
    #[serde(rename = "type")]
    event_type: EventType,
    order_id: Option<OrderId>,
    /// `pending`, `delivered`, `failed` or `skipped`.
    status: DeliveryStatus,
    #[schema(format = DateTime)]
    created_at: String,
    attempts: Vec<AttemptJson>,
    #[schema(format = DateTime)]
    next_attempt_at: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DeliveryAttempt)]
struct AttemptJson {
    #[schema(format = DateTime)]
    at: String,
    duration_ms: u64,
    status: Option<u16>,
    error: Option<String>,
}

impl From<AttemptLog> for AttemptJson {
    fn from(made: AttemptLog) -> Self {
        Self {
            at: rfc3339(made.at),
            duration_ms: made.took,
            status: made.status,
            error: made.error,
        }
    }
}

impl From<(DeliveryId, DeliveryLog)> for DeliveryJson {
    fn from((id, record): (DeliveryId, DeliveryLog)) -> Self {
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
