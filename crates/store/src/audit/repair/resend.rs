//! Rebuilds missed events from the order's current state.

use std::str::FromStr;

use contracts::{
    Money, OrderStatus, PaymentId,
    event::{
        ChargeStatus, CouponHeld, InventoryReserved, Message, OrderCancelled, OrderConfirmed,
        OrderPlaced, OrderRefundRequested, OrderRefunded, OrderRejected, PaymentProcessed,
        PaymentRefunded, PaymentTimeout, RefundReason,
    },
};
use serde::Serialize;
use streamward::pack;

use crate::{Result, audit::drift::MissedEvent, order::OrderView};

/// The event's type and its packed message.
type Packed = (&'static str, Vec<u8>);

/// The event; `None` when the order's state lacks a part of it.
pub(super) fn event(view: &OrderView, missed: &MissedEvent) -> Result<Option<Packed>> {
    let (order_id, payment_id) = (view.id.clone(), PaymentId::of(&view.id));
    let order = || view.doc.clone();
    let money = |minor| Money::new(minor, view.doc.currency);
    let event = match missed {
        MissedEvent::Placed => packed(&OrderPlaced {
            order_id,
            order: order(),
        }),
        MissedEvent::Confirmed => packed(&OrderConfirmed {
            order_id,
            payment_id,
            order: order(),
        }),
        MissedEvent::Rejected => {
            return with_reason(view, |reason| OrderRejected {
                order_id,
                reason,
                shortages: view.shortages.clone(),
                coupon_refusal: view.coupon_refusal,
                order: order(),
            });
        }
        MissedEvent::Cancelled => {
            return with_reason(view, |reason| OrderCancelled {
                order_id,
                reason,
                order: order(),
            });
        }
        MissedEvent::Refunded => packed(&OrderRefunded {
            order_id,
            payment_id,
            amount: view.total(),
            order: order(),
        }),
        MissedEvent::RefundRequested => packed(&OrderRefundRequested {
            order_id,
            payment_id,
            reason: if view.status == OrderStatus::Refunding {
                RefundReason::Requested
            } else {
                RefundReason::LatePayment
            },
        }),
        MissedEvent::Reserved => packed(&InventoryReserved {
            order_id,
            levels: Vec::new(),
        }),
        MissedEvent::CouponHeld { code, discount } => packed(&CouponHeld {
            order_id,
            code: code.clone(),
            discount: money(*discount),
        }),
        MissedEvent::Captured(minor) => packed(&PaymentProcessed {
            order_id,
            payment_id,
            payment_status: ChargeStatus::Succeeded,
            amount: money(*minor),
            failure: None,
            pay_url: None,
        }),
        MissedEvent::PaidBack(minor) => packed(&PaymentRefunded {
            order_id,
            payment_id,
            amount: money(*minor),
        }),
        MissedEvent::Timeout => packed(&PaymentTimeout {}),
    };
    event.map(Some)
}

/// The event of an order that ended with a reason, if it is one of this event's.
fn with_reason<R: FromStr, E: Message + Serialize>(
    view: &OrderView,
    event: impl FnOnce(R) -> E,
) -> Result<Option<Packed>> {
    let reason = view.reason.as_deref().and_then(|word| word.parse().ok());
    reason.map(event).as_ref().map(packed).transpose()
}

fn packed<E: Message + Serialize>(event: &E) -> Result<Packed> {
    Ok((E::KIND, pack(E::KIND, event)?))
}
