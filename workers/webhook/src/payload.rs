//! Body of a post: `{"type","timestamp","data"}`, with the order as the API shows it, as far as the event
//! holds it.

use contracts::{Line, Money, OrderDocument, OrderStatus, PaymentId};
use serde::Serialize;
use serde_json::{Map, Value, json};
use streamward::clock::rfc3339;

use crate::OrderEvent;

/// Maximum size of a body in bytes. A larger one is sent without its lists, as `truncated`.
pub const MAX_BODY: usize = 20_000;

/// Returns the body for `event`, which happened `at` (RFC 3339).
///
/// # Errors
/// When it cannot be serialized as JSON.
pub fn payload(event: &OrderEvent, at: &str) -> Result<String, serde_json::Error> {
    let mut data = order(event)?;
    data.insert("updatedAt".to_owned(), json!(at));
    let whole = body(event, at, &data)?;
    if whole.len() <= MAX_BODY {
        return Ok(whole);
    }
    for list in ["items", "shortages"] {
        data.remove(list);
    }
    data.insert("truncated".to_owned(), json!(true));
    body(event, at, &data)
}

fn body(
    event: &OrderEvent,
    at: &str,
    data: &Map<String, Value>,
) -> Result<String, serde_json::Error> {
    #[derive(Serialize)]
    struct Body<'a> {
        #[serde(rename = "type")]
        kind: &'static str,
        timestamp: &'a str,
        data: &'a Map<String, Value>,
    }
    serde_json::to_string(&Body {
        kind: event.event_type().name(),
        timestamp: at,
        data,
    })
}

/// Returns the order, and what the event adds to it.
fn order(event: &OrderEvent) -> Result<Map<String, Value>, serde_json::Error> {
    let id = event.order_id();
    let payment = PaymentId::of(id);
    let (status, document, more) = match event {
        OrderEvent::Placed(event) => (OrderStatus::Placed, Some(&event.order), json!({})),
        OrderEvent::AwaitingPayment(event) => {
            let pay_before = rfc3339(event.pay_before);
            let more = json!({ "total": event.amount, "payBefore": pay_before });
            (OrderStatus::AwaitingPayment, None, more)
        }
        OrderEvent::Confirmed(event) => {
            let more = json!({ "payment": { "id": payment, "status": "succeeded" } });
            (OrderStatus::Confirmed, Some(&event.order), more)
        }
        OrderEvent::Rejected(event) => {
            let mut more = json!({ "reason": event.reason, "shortages": event.shortages });
            if let Some(refusal) = event.coupon_refusal {
                more["couponRefusal"] = json!(refusal);
            }
            (OrderStatus::Rejected, Some(&event.order), more)
        }
        OrderEvent::Cancelled(event) => {
            let more = json!({ "reason": event.reason });
            (OrderStatus::Cancelled, Some(&event.order), more)
        }
        OrderEvent::Refunded(event) => {
            let payment = json!({ "id": payment, "status": "refunded", "amount": event.amount });
            let more = json!({ "payment": payment });
            (OrderStatus::Refunded, Some(&event.order), more)
        }
        OrderEvent::PaymentFailed(event) => {
            let more = json!({ "payment": {
                "id": payment, "status": "failed", "failure": event.failure,
                "payUrl": event.pay_url,
            } });
            (OrderStatus::AwaitingPayment, Some(&event.order), more)
        }
        OrderEvent::PaymentDue(event) => {
            let payment = json!({ "id": payment, "payUrl": event.pay_url });
            let more = json!({ "payBefore": rfc3339(event.pay_before), "payment": payment });
            (OrderStatus::AwaitingPayment, Some(&event.order), more)
        }
    };
    let created = rfc3339(id.created_ms());
    let head = json!({ "id": id, "status": status, "createdAt": created });
    let lines = document.map_or_else(|| json!({}), lines);
    let parts = [head, lines, more].map(serde_json::from_value::<Map<_, _>>);
    let parts = parts.into_iter().collect::<Result<Vec<_>, _>>()?;
    Ok(parts.into_iter().flatten().collect())
}

/// Returns the order's lines and amounts, without customer and contact, as in the API.
fn lines(document: &OrderDocument) -> Value {
    let money = |minor| Money::new(minor, document.currency);
    let item = |line: &Line| {
        json!({
            "productId": line.product_id, "name": line.name, "quantity": line.quantity,
            "unitPrice": money(line.unit_price), "lineTotal": money(line.total()),
        })
    };
    json!({
        "items": document.items.iter().map(item).collect::<Vec<_>>(),
        "subtotal": document.subtotal(), "discount": money(document.discount),
        "total": document.total(), "coupon": document.coupon,
    })
}
