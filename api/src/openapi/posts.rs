//! What webhooks are posted: one entry per type of event, in the form of Standard Webhooks.

use contracts::{
    CouponCode, EventType, Money, OrderId, OrderStatus,
    event::{CouponRefusal, Shortage},
};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::routes::orders::json::Item;

/// An order as webhooks post it: its state at the event, as far as the event carries it.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "it describes what the webhook service writes")]
pub(super) struct WebhookOrder {
    id: OrderId,
    status: OrderStatus,
    #[schema(format = DateTime)]
    created_at: String,
    /// Time of the event; a larger one is newer.
    #[schema(format = DateTime)]
    updated_at: String,
    #[schema(required = false)]
    items: Vec<Item<'static>>,
    #[schema(required = false)]
    subtotal: Money,
    #[schema(required = false)]
    discount: Money,
    #[schema(required = false)]
    total: Money,
    coupon: Option<CouponCode>,
    /// Its `id`, and what the event is about: `status`, `amount`, `failure`, `payUrl`.
    #[schema(required = false, value_type = Object)]
    payment: String,
    #[schema(required = false)]
    reason: String,
    #[schema(required = false)]
    shortages: Vec<Shortage>,
    #[schema(required = false)]
    coupon_refusal: CouponRefusal,
    #[schema(required = false, format = DateTime)]
    pay_before: String,
    /// Whether `items` and `shortages` were left out, to keep the post below 20,000 bytes.
    #[schema(required = false)]
    truncated: bool,
}

/// The posts by the types of their events.
pub(super) fn all() -> Value {
    let kinds = EventType::SUBSCRIBABLE.into_iter().chain([EventType::Ping]);
    let posts = kinds.map(|kind| (kind.name().to_owned(), json!({ "post": post(kind) })));
    Value::Object(posts.collect::<Map<_, _>>())
}

fn post(kind: EventType) -> Value {
    let data = match kind {
        EventType::Ping => json!({
            "type": "object",
            "required": ["webhookId"],
            "properties": { "webhookId": { "type": "string" } },
        }),
        EventType::OrderPlaced
        | EventType::OrderAwaitingPayment
        | EventType::OrderConfirmed
        | EventType::OrderRejected
        | EventType::OrderCancelled
        | EventType::OrderRefunded
        | EventType::PaymentFailed
        | EventType::PaymentDue => json!({ "$ref": "#/components/schemas/WebhookOrder" }),
    };
    let body = json!({
        "type": "object",
        "required": ["type", "timestamp", "data"],
        "properties": {
            "type": { "const": kind.name() },
            "timestamp": { "type": "string", "format": "date-time", "description": "When it happened." },
            "data": data,
        },
    });
    json!({
        "summary": when(kind),
        "tags": ["webhooks"],
        "operationId": kind.name(),
        "parameters": [
            header("webhook-id", "The same in every attempt: seen before, done before."),
            header("webhook-timestamp", "Of this attempt, in Unix seconds."),
            header(
                "webhook-signature",
                "`v1,` and base64: HMAC-SHA256 of `<webhook-id>.<webhook-timestamp>.<body>` under the webhook's secret. Two, \
                 with a space between, while a secret is being rotated.",
            ),
        ],
        "requestBody": { "required": true, "content": { "application/json": { "schema": body } } },
        "responses": {
            "2XX": { "description": "It was taken." },
            "410": { "description": "Nothing is to be sent here any more: the webhook is switched off." },
        },
    })
}

const fn when(kind: EventType) -> &'static str {
    match kind {
        EventType::OrderPlaced => "An order was accepted",
        EventType::OrderAwaitingPayment => "What was ordered is held, and is to be paid",
        EventType::OrderConfirmed => "An order is paid",
        EventType::OrderRejected => "An order cannot be served",
        EventType::OrderCancelled => "An order ended unpaid",
        EventType::OrderRefunded => "An order was paid back",
        EventType::PaymentFailed => "A charge failed",
        EventType::PaymentDue => "The customer was reminded to pay",
        EventType::Ping => "An administrator asked for it",
    }
}

fn header(name: &str, about: &str) -> Value {
    json!({
        "name": name,
        "in": "header",
        "required": true,
        "description": about,
        "schema": { "type": "string" },
    })
}
