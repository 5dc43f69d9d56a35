//! What is posted: `{"type","timestamp","data"}`, the data being the order as the API shows it, as far as
//! the event knows it.

use contracts::{Line, Money, OrderDocument, OrderId, OrderStatus, PaymentId};
use serde::Serialize;
use serde_json::{Map, Value, json};
use streamward::clock::rfc3339;

use crate::OrderEvent;

/// The largest body in bytes. A larger one loses its lists and says so.
pub const LARGEST: usize = 20_000;

/// The body that tells of `news`, which happened `at` (RFC 3339).
///
/// # Errors
/// When it cannot be written as JSON.
pub fn payload(news: &OrderEvent, at: &str) -> Result<String, serde_json::Error> {
    let mut data = order(news)?;
    data.insert("updatedAt".to_owned(), json!(at));
    let whole = body(news, at, &data)?;
    if whole.len() <= LARGEST {
        return Ok(whole);
    }
    for list in ["items", "shortages"] {
        data.remove(list);
    }
    data.insert("truncated".to_owned(), json!(true));
    body(news, at, &data)
}

fn body(
    news: &OrderEvent,
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
        kind: news.event_type().name(),
        timestamp: at,
        data,
    })
}

fn order(news: &OrderEvent) -> Result<Map<String, Value>, serde_json::Error> {
    let id = news.order_id();
    let status = status(news);
    let with = |doc| known(id, status, doc);
    let mut data = match news {
        OrderEvent::Placed(event) => with(&event.order)?,
        OrderEvent::AwaitingPayment(event) => {
            let mut data = head(id, status)?;
            data.insert("total".to_owned(), json!(event.amount));
            data.insert("payBefore".to_owned(), json!(rfc3339(event.pay_before)));
            data
        }
        OrderEvent::Confirmed(event) => with(&event.order)?,
        OrderEvent::Rejected(event) => {
            let mut data = with(&event.order)?;
            data.insert("reason".to_owned(), json!(event.reason));
            data.insert("shortages".to_owned(), json!(event.shortages));
            if let Some(refusal) = event.coupon_refusal {
                data.insert("couponRefusal".to_owned(), json!(refusal));
            }
            data
        }
        OrderEvent::Cancelled(event) => {
            let mut data = with(&event.order)?;
            data.insert("reason".to_owned(), json!(event.reason));
            data
        }
        OrderEvent::Refunded(event) => with(&event.order)?,
        OrderEvent::PaymentFailed(event) => with(&event.order)?,
        OrderEvent::PaymentDue(event) => {
            let mut data = with(&event.order)?;
            data.insert("payBefore".to_owned(), json!(rfc3339(event.pay_before)));
            data
        }
    };
    if let Some(payment) = payment(news) {
        data.insert("payment".to_owned(), payment);
    }
    Ok(data)
}

const fn status(news: &OrderEvent) -> OrderStatus {
    match news {
        OrderEvent::Placed(_) => OrderStatus::Placed,
        OrderEvent::AwaitingPayment(_)
        | OrderEvent::PaymentFailed(_)
        | OrderEvent::PaymentDue(_) => OrderStatus::AwaitingPayment,
        OrderEvent::Confirmed(_) => OrderStatus::Confirmed,
        OrderEvent::Rejected(_) => OrderStatus::Rejected,
        OrderEvent::Cancelled(_) => OrderStatus::Cancelled,
        OrderEvent::Refunded(_) => OrderStatus::Refunded,
    }
}

/// The payment, where the event says something about it.
fn payment(news: &OrderEvent) -> Option<Value> {
    let id = PaymentId::of(news.order_id());
    match news {
        OrderEvent::Confirmed(_) => Some(json!({ "id": id, "status": "succeeded" })),
        OrderEvent::Refunded(event) => {
            Some(json!({ "id": id, "status": "refunded", "amount": event.amount }))
        }
        OrderEvent::PaymentFailed(event) => Some(json!({
            "id": id, "status": "failed", "failure": event.failure, "payUrl": event.pay_url,
        })),
        OrderEvent::PaymentDue(event) => Some(json!({ "id": id, "payUrl": event.pay_url })),
        OrderEvent::Placed(_)
        | OrderEvent::AwaitingPayment(_)
        | OrderEvent::Rejected(_)
        | OrderEvent::Cancelled(_) => None,
    }
}

/// What every event knows of its order.
fn head(id: &OrderId, status: OrderStatus) -> Result<Map<String, Value>, serde_json::Error> {
    let mut data = Map::new();
    data.insert("id".to_owned(), serde_json::to_value(id)?);
    data.insert("status".to_owned(), serde_json::to_value(status)?);
    data.insert("createdAt".to_owned(), json!(rfc3339(id.created_ms())));
    Ok(data)
}

/// The same with what was ordered. Neither customer nor contact: the API does not show them either.
fn known(
    id: &OrderId,
    status: OrderStatus,
    doc: &OrderDocument,
) -> Result<Map<String, Value>, serde_json::Error> {
    let money = |minor| Money::new(minor, doc.currency);
    let item = |line: &Line| {
        json!({
            "productId": line.product_id, "name": line.name, "quantity": line.quantity,
            "unitPrice": money(line.unit_price), "lineTotal": money(line.total()),
        })
    };
    let mut data = head(id, status)?;
    let items: Vec<Value> = doc.items.iter().map(item).collect();
    for (name, value) in [
        ("items", Value::Array(items)),
        ("subtotal", json!(doc.subtotal())),
        ("discount", json!(money(doc.discount))),
        ("total", json!(doc.total())),
        ("coupon", json!(doc.coupon)),
    ] {
        data.insert(name.to_owned(), value);
    }
    Ok(data)
}
