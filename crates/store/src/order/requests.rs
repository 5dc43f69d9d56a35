//! Requests of customers and administrators: pay, cancel, refund.

use contracts::{
    OrderId, PaymentId, Service,
    event::{CancelReason, Message, OrderCancelled, OrderRefundRequested, RefundReason},
};
use streamward::{Envelope, Runtime, TraceParent, pack, pack_head};

use super::steps::CancelledHead;
use crate::{Result, keys, scripts, step::partition_of};

/// Result of a payment request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PayRequest {
    /// The charge is under way.
    Requested,
    /// The order cannot be paid in this state.
    NotPayable(String),
    /// There is no such order.
    Unknown,
}

/// Requests a charge of an open order with `method`.
///
/// # Errors
/// [`streamward::Error`].
pub async fn request_payment(
    runtime: &Runtime,
    order: &OrderId,
    method: &str,
    trace: TraceParent,
) -> Result<PayRequest> {
    let partition = partition_of(runtime, order)?;
    let all = [
        keys::order(partition, order),
        keys::stream(partition, Service::Order),
    ];
    let envelope = Envelope::next(trace);
    let mut reply = scripts::REQUEST_PAYMENT
        .call(&all)
        .arg(&envelope.id)
        .arg(&envelope.at)
        .arg(&envelope.tp)
        .arg(order.as_str())
        .arg(method)
        .run(&mut runtime.server().link())
        .await?;
    match reply.tag() {
        "REQUESTED" => Ok(PayRequest::Requested),
        "NOT_PAYABLE" => Ok(PayRequest::NotPayable(reply.take()?)),
        "UNKNOWN" => Ok(PayRequest::Unknown),
        _ => Err(reply.unexpected()),
    }
}

/// Result of a cancellation request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CancelRequest {
    /// The order is cancelled; what was held for it goes back.
    Cancelled,
    /// The order was cancelled for the same reason before.
    Replay,
    /// The order cannot be cancelled in this state.
    NotCancellable(String),
    /// There is no such order.
    Unknown,
}

/// Cancels an unpaid order; `reason` names the requester.
///
/// # Errors
/// [`streamward::Error`].
pub async fn cancel_order(
    runtime: &Runtime,
    order: &OrderId,
    reason: CancelReason,
    trace: TraceParent,
) -> Result<CancelRequest> {
    let partition = partition_of(runtime, order)?;
    let all = [
        keys::order(partition, order),
        keys::stream(partition, Service::Order),
        keys::order_timers(partition),
    ];
    let head = CancelledHead {
        order_id: order,
        reason,
        order: (),
    };
    let envelope = Envelope::next(trace);
    let mut reply = scripts::CANCEL_ORDER
        .call(&all)
        .arg(&envelope.id)
        .arg(&envelope.at)
        .arg(&envelope.tp)
        .arg(order.as_str())
        .arg(reason.name())
        .arg(pack_head(OrderCancelled::KIND, &head)?)
        .run(&mut runtime.server().link())
        .await?;
    match reply.tag() {
        "CANCELLED" => Ok(CancelRequest::Cancelled),
        "REPLAY" => Ok(CancelRequest::Replay),
        "NOT_CANCELLABLE" => Ok(CancelRequest::NotCancellable(reply.take()?)),
        "UNKNOWN" => Ok(CancelRequest::Unknown),
        _ => Err(reply.unexpected()),
    }
}

/// Result of a refund request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefundRequest {
    /// The money is on its way back.
    Requested,
    /// The refund was requested or completed before.
    Replay,
    /// The order cannot be paid back in this state.
    NotRefundable(String),
    /// There is no such order.
    Unknown,
}

/// Requests the refund of a confirmed order.
///
/// # Errors
/// [`streamward::Error`].
pub async fn request_refund(
    runtime: &Runtime,
    order: &OrderId,
    trace: TraceParent,
) -> Result<RefundRequest> {
    let partition = partition_of(runtime, order)?;
    let all = [
        keys::order(partition, order),
        keys::stream(partition, Service::Order),
    ];
    let event = OrderRefundRequested {
        order_id: order.clone(),
        payment_id: PaymentId::of(order),
        reason: RefundReason::Requested,
    };
    let envelope = Envelope::next(trace);
    let mut reply = scripts::REQUEST_REFUND
        .call(&all)
        .arg(&envelope.id)
        .arg(&envelope.at)
        .arg(&envelope.tp)
        .arg(order.as_str())
        .arg(pack(OrderRefundRequested::KIND, &event)?)
        .run(&mut runtime.server().link())
        .await?;
    match reply.tag() {
        "REQUESTED" => Ok(RefundRequest::Requested),
        "REPLAY" => Ok(RefundRequest::Replay),
        "NOT_REFUNDABLE" => Ok(RefundRequest::NotRefundable(reply.take()?)),
        "UNKNOWN" => Ok(RefundRequest::Unknown),
        _ => Err(reply.unexpected()),
    }
}
