//! Posts to webhooks: one entry per type of event, in the form of Standard Webhooks.

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

/// Returns the posts by type of event.
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
            "timestamp": { "type": "string", "format": "date-time", "description": "Time of the event." },
            "data": data,
        },
    });
    json!({
        "summary": when(kind),
        "tags": ["webhooks"],
        "operationId": kind.name(),
        "parameters": [
            header("webhook-id", "The same in every attempt: an idempotency key."),
            header("webhook-timestamp", "Time of this attempt in Unix seconds."),
            header(
                "webhook-signature",
                "`v1,` and base64: HMAC-SHA256 of `<webhook-id>.<webhook-timestamp>.<body>` under the webhook's secret. Two, \
                 with a space between, while a secret is being rotated.",
            ),
        ],
        "requestBody": { "required": true, "content": { "application/json": { "schema": body } } },
        "responses": {
            "2XX": { "description": "It is received." },
            "410": { "description": "Disables the webhook." },
        },
    })
}

const fn when(kind: EventType) -> &'static str {
    match kind {
        EventType::OrderPlaced => "An order is accepted",
        EventType::OrderAwaitingPayment => {
            "Stock and coupon of an order are held, and payment is due"
        }
        EventType::OrderConfirmed => "An order is paid",
        EventType::OrderRejected => "An order is rejected",
        EventType::OrderCancelled => "An order is cancelled",
        EventType::OrderRefunded => "An order is refunded",
        EventType::PaymentFailed => "A charge fails",
        EventType::PaymentDue => "The customer is reminded to pay",
        EventType::Ping => "An administrator sends a test event",
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
