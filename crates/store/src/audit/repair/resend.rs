//! Rebuilds missed events from the order's current state.

use contracts::{
    Money, OrderStatus, PaymentId,
    event::{
        CancelReason, ChargeStatus, CouponHeld, InventoryReserved, Message, OrderCancelled,
        OrderConfirmed, OrderPlaced, OrderRefundRequested, OrderRefunded, OrderRejected,
        PaymentProcessed, PaymentRefunded, PaymentTimeout, RefundReason, RejectReason,
    },
};
use serde::Serialize;
use streamward::pack;

use crate::{Result, audit::drift::MissedEvent, order::OrderView};

/// The event's type and its packed message.
type Packed = (&'static str, Vec<u8>);

/// The event; `None` when the order does not say what belongs into it.
pub(super) fn event(view: &OrderView, news: &MissedEvent) -> Result<Option<Packed>> {
    let (order_id, payment_id) = (view.id.clone(), PaymentId::of(&view.id));
    let order = || view.doc.clone();
    let money = |minor| Money::new(minor, view.doc.currency);
    let event = match news {
        MissedEvent::Placed => packed(&OrderPlaced {
            order_id,
            order: order(),
        }),
        MissedEvent::Confirmed => packed(&OrderConfirmed {
            order_id,
            payment_id,
            order: order(),
        }),
        MissedEvent::Rejected => return rejected(view),
        MissedEvent::Cancelled => return cancelled(view),
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

fn rejected(view: &OrderView) -> Result<Option<Packed>> {
    let reasons = [RejectReason::OutOfStock, RejectReason::CouponRefused];
    let is_it = |one: &RejectReason| view.reason.as_deref() == Some(one.name());
    let event = reasons.into_iter().find(is_it).map(|reason| OrderRejected {
        order_id: view.id.clone(),
        reason,
        shortages: view.shortages.clone(),
        coupon_refusal: view.coupon_refusal,
        order: view.doc.clone(),
    });
    event.as_ref().map(packed).transpose()
}

fn cancelled(view: &OrderView) -> Result<Option<Packed>> {
    let reasons = [
        CancelReason::PaymentTimeout,
        CancelReason::ByCustomer,
        CancelReason::ByAdmin,
        CancelReason::AmountMismatch,
    ];
    let is_it = |one: &CancelReason| view.reason.as_deref() == Some(one.name());
    let event = reasons
        .into_iter()
        .find(is_it)
        .map(|reason| OrderCancelled {
            order_id: view.id.clone(),
            reason,
            order: view.doc.clone(),
        });
    event.as_ref().map(packed).transpose()
}

fn packed<E: Message + Serialize>(event: &E) -> Result<Packed> {
    Ok((E::KIND, pack(E::KIND, event)?))
}
