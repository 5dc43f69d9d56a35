//! An order as clients see it.

use contracts::{
    CouponCode, Money, OrderId, OrderStatus, PaymentId, ProductId,
    event::{CouponRefusal, Shortage},
};
use serde::Serialize;
use store::order::{HistoryLine, OrderView};
use streamward::clock::rfc3339;
use utoipa::ToSchema;

/// An order.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Order)]
pub(crate) struct OrderJson<'a> {
    id: &'a OrderId,
    status: OrderStatus,
    items: Vec<Item<'a>>,
    subtotal: Money,
    discount: Money,
    total: Money,
    coupon: Option<&'a CouponCode>,
    /// Null before payment is due.
    payment: Option<Payment<'a>>,
    /// Reason of a rejection or cancellation.
    reason: Option<&'a str>,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
    timeline: Vec<Step>,
    /// Products that were short, when that is the reason.
    #[serde(skip_serializing_if = "<[Shortage]>::is_empty")]
    #[schema(required = false)]
    shortages: &'a [Shortage],
    /// Reason of the coupon's refusal, when that is the reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    coupon_refusal: Option<CouponRefusal>,
    /// Deadline of the payment, while the order awaits it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    pay_before: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OrderItem)]
pub(crate) struct Item<'a> {
    product_id: &'a ProductId,
    name: &'a str,
    quantity: u32,
    unit_price: Money,
    line_total: Money,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct Payment<'a> {
    id: PaymentId,
    status: &'a str,
    /// URL of the payment page.
    pay_url: Option<&'a str>,
}

#[derive(Serialize, ToSchema)]
#[schema(as = OrderStep)]
struct Step {
    status: OrderStatus,
    #[schema(format = DateTime)]
    at: String,
}

impl<'a> From<&'a OrderView> for OrderJson<'a> {
    fn from(view: &'a OrderView) -> Self {
        let money = |minor| Money::new(minor, view.doc.currency);
        let items = view.doc.items.iter().map(|line| Item {
            product_id: &line.product_id,
            name: &line.name,
            quantity: line.quantity,
            unit_price: money(line.unit_price),
            line_total: money(line.total()),
        });
        // The id has the creation time, before the history is read from Redis.
        let created_ms = view.id.created_ms();
        // The first line is the placing, which has the id's time.
        let last = view.history.iter().skip(1).last();
        let updated_ms = last.map_or(created_ms, HistoryLine::at_ms);
        Self {
            id: &view.id,
            status: view.status,
            items: items.collect(),
            subtotal: view.doc.subtotal(),
            discount: money(view.doc.discount),
            total: view.total(),
            coupon: view.doc.coupon.as_ref(),
            payment: payment(view),
            reason: view.reason.as_deref(),
            created_at: rfc3339(created_ms),
            updated_at: rfc3339(updated_ms.max(created_ms)),
            timeline: timeline(view, created_ms),
            shortages: &view.shortages,
            coupon_refusal: view.coupon_refusal,
            pay_before: pay_before(view),
        }
    }
}

fn payment(view: &OrderView) -> Option<Payment<'_>> {
    match view.status {
        OrderStatus::Placed | OrderStatus::Rejected => None,
        // Cancelled before payment was due.
        OrderStatus::Cancelled if view.payment_status.is_none() => None,
        OrderStatus::AwaitingPayment
        | OrderStatus::Confirmed
        | OrderStatus::Cancelled
        | OrderStatus::Refunding
        | OrderStatus::Refunded => Some(Payment {
            id: view.payment_id(),
            status: view.payment_status.as_deref().unwrap_or("pending"),
            pay_url: view.pay_url.as_deref(),
        }),
    }
}

fn pay_before(view: &OrderView) -> Option<String> {
    let due = view
        .pay_before
        .filter(|_| view.status == OrderStatus::AwaitingPayment);
    due.map(rfc3339)
}

/// Returns the states of the order. The placing has the id's time instead of its entry's, a moment later, so that the
/// first answer equals later ones.
fn timeline(view: &OrderView, created_ms: u64) -> Vec<Step> {
    let placed = Step {
        status: OrderStatus::Placed,
        at: rfc3339(created_ms),
    };
    let changes = view.changes().into_iter();
    let later = changes.filter(|(status, _)| *status != OrderStatus::Placed);
    let later = later.map(|(status, line)| Step {
        status,
        at: rfc3339(line.at_ms().max(created_ms)),
    });
    std::iter::once(placed).chain(later).collect()
}
