//! What merchants' programs are told.

use serde::{Deserialize, Serialize};

use crate::{DeliveryId, EventType, OrderId, WebhookId};

/// Inbox of the webhook service: one event is to be posted to one webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebhookAttempt {
    /// Which webhook.
    pub webhook_id: WebhookId,
    /// Which delivery: the same in every attempt.
    pub delivery_id: DeliveryId,
    /// The type of the event.
    pub event_type: EventType,
    /// The order, when the event is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<OrderId>,
    /// Attempts that failed before this one.
    pub failed: u32,
    /// The JSON to be posted, the same bytes in every attempt.
    pub body: String,
}

/// Stream `webhooks`: a merchant's program has taken an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebhookDelivered {
    /// Which webhook.
    pub webhook_id: WebhookId,
    /// Which delivery.
    pub delivery_id: DeliveryId,
    /// The type of the event.
    pub event_type: EventType,
    /// The order, when the event is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<OrderId>,
    /// Attempts it took.
    pub attempts: u32,
}

/// Why a webhook is told nothing any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DisableReason {
    /// It answered 410.
    Gone,
    /// The last attempt of a delivery failed.
    Exhausted,
    /// An administrator switched it off.
    ByAdmin,
}

impl DisableReason {
    /// The word on the wire and in Redis.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gone => "gone",
            Self::Exhausted => "exhausted",
            Self::ByAdmin => "byAdmin",
        }
    }
}

/// Stream `webhooks`: a webhook was switched off, because it is gone or fails for too long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebhookDisabled {
    /// Which webhook.
    pub webhook_id: WebhookId,
    /// The host it is on. The whole URL may hold what is nobody's business.
    pub host: String,
    /// Why.
    pub reason: DisableReason,
    /// The delivery that failed.
    pub delivery_id: DeliveryId,
    /// What went wrong in its last attempt.
    pub error: String,
}
