//! Events of the webhook service, and the attempts in its inbox.

use serde::{Deserialize, Serialize};

use crate::{DeliveryId, EventType, OrderId, WebhookId, words::words};

/// Inbox of the webhook service: an event is to be posted to a webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebhookAttempt {
    /// The webhook.
    pub webhook_id: WebhookId,
    /// The delivery, the same in every attempt.
    pub delivery_id: DeliveryId,
    /// Type of the event.
    pub event_type: EventType,
    /// The order, when the event is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<OrderId>,
    /// Number of failed attempts before this one.
    pub failed: u32,
    /// JSON body, the same bytes in every attempt.
    pub body: String,
}

/// Topic `webhooks:delivered`: a delivery succeeded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebhookDelivered {
    /// The webhook.
    pub webhook_id: WebhookId,
    /// The delivery.
    pub delivery_id: DeliveryId,
    /// Type of the event.
    pub event_type: EventType,
    /// The order, when the event is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<OrderId>,
    /// Number of attempts it took.
    pub attempts: u32,
}

words!(
    /// Reason why a webhook is disabled.
    DisableReason, "reason to disable a webhook" {
        /// The endpoint answered 410.
        Gone = "gone",
        /// The last attempt of a delivery failed.
        Exhausted = "exhausted",
        /// An administrator disabled it.
        ByAdmin = "byAdmin",
    }
);

/// Topic `webhooks:disabled`: a webhook was disabled, because it is gone or has failed for too long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WebhookDisabled {
    /// The webhook.
    pub webhook_id: WebhookId,
    /// Host of its URL. The rest of the URL may hold secrets.
    pub host: String,
    /// Reason of the disabling.
    pub reason: DisableReason,
    /// The delivery that failed.
    pub delivery_id: DeliveryId,
    /// Error of its last attempt.
    pub error: String,
}
