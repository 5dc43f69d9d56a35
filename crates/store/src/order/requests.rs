//! Requests of customers and administrators: pay, cancel, refund.

use contracts::{
    OrderId, PaymentId, Service,
    event::{CancelReason, Message, OrderRefundRequested, RefundReason},
};
use streamward::{Envelope, Runtime, TraceParent, pack};

use super::steps::cancelled_head;
use crate::{Result, keys, script, step::partition_of};

replies! {
    /// Result of a payment request.
    pub PayRequest {
        /// The charge is in progress.
        Requested = "REQUESTED",
        /// The order cannot be paid in this state.
        NotPayable(String) = "NOT_PAYABLE",
        /// There is no such order.
        Unknown = "UNKNOWN",
    }
}

/// Requests a charge of an open order with `method`.
pub async fn request_payment(
    runtime: &Runtime,
    order: &OrderId,
    method: &str,
    trace: TraceParent,
) -> Result<PayRequest> {
    let partition = partition_of(runtime, order)?;
    let keys = [
        keys::order(partition, order),
        keys::topics(partition, Service::Order),
    ];
    let envelope = Envelope::next(trace);
    let script = script!("order/request_payment" {
        envelope,
        order,
        method,
    });
    script::run(runtime, &keys, script).await
}

replies! {
    /// Result of a cancellation request.
    pub CancelRequest {
        /// The order is cancelled; its holds are released.
        Cancelled = "CANCELLED",
        /// The order was cancelled for the same reason before.
        Replay = "REPLAY",
        /// The order cannot be cancelled in this state.
        NotCancellable(String) = "NOT_CANCELLABLE",
        /// There is no such order.
        Unknown = "UNKNOWN",
    }
}

/// Cancels an unpaid order; `reason` names the requester.
pub async fn cancel_order(
    runtime: &Runtime,
    order: &OrderId,
    reason: CancelReason,
    trace: TraceParent,
) -> Result<CancelRequest> {
    let partition = partition_of(runtime, order)?;
    let keys = [
        keys::order(partition, order),
        keys::topics(partition, Service::Order),
        keys::order_timers(partition),
    ];
    let script = script!("order/cancel_order" {
        envelope: Envelope::next(trace),
        order,
        reason,
        head: cancelled_head(order, reason)?,
    });
    script::run(runtime, &keys, script).await
}

replies! {
    /// Result of a refund request.
    pub RefundRequest {
        /// The refund is in progress.
        Requested = "REQUESTED",
        /// The refund was requested or completed before.
        Replay = "REPLAY",
        /// The order cannot be refunded in this state.
        NotRefundable(String) = "NOT_REFUNDABLE",
        /// There is no such order.
        Unknown = "UNKNOWN",
    }
}

/// Requests the refund of a confirmed order.
pub async fn request_refund(
    runtime: &Runtime,
    order: &OrderId,
    trace: TraceParent,
) -> Result<RefundRequest> {
    let partition = partition_of(runtime, order)?;
    let keys = [
        keys::order(partition, order),
        keys::topics(partition, Service::Order),
    ];
    let event = OrderRefundRequested {
        order_id: order.clone(),
        payment_id: PaymentId::of(order),
        reason: RefundReason::Requested,
    };
    let script = script!("order/request_refund" {
        envelope: Envelope::next(trace),
        order,
        event: pack(OrderRefundRequested::KIND, &event)?,
    });
    script::run(runtime, &keys, script).await
}
