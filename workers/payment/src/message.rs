//! Messages that the payment service consumes.

use contracts::event::{
    ChargeReport, Message, OrderAwaitingPayment, OrderCancelled, OrderPaymentRequested,
    OrderRefundRequested, OrderRejected, PaymentPoll,
};
use store::read_event;
use streamward::{Inbound, Undecodable};

/// An order's event, a report on a charge, or a poll.
#[derive(Clone, Debug, PartialEq)]
pub enum PaymentMessage {
    /// The order awaits its payment: open it.
    Awaiting(OrderAwaitingPayment),
    /// The customer chose another method: charge it.
    Requested(OrderPaymentRequested),
    /// The order was rejected: void the payment.
    Rejected(OrderRejected),
    /// The order was cancelled: void the payment.
    Cancelled(OrderCancelled),
    /// The payment is to be refunded.
    RefundRequested(OrderRefundRequested),
    /// A charge ended: record it.
    Callback(ChargeReport),
    /// No callback has arrived: look the intent up. The entry's key names the order.
    Poll,
}

impl Inbound for PaymentMessage {
    fn wants(kind: &str) -> bool {
        matches!(
            kind,
            OrderAwaitingPayment::KIND
                | OrderPaymentRequested::KIND
                | OrderRejected::KIND
                | OrderCancelled::KIND
                | OrderRefundRequested::KIND
                | ChargeReport::KIND
                | PaymentPoll::KIND
        )
    }

    fn decode(kind: &str, version: u32, data: &[u8]) -> Result<Self, Undecodable> {
        match kind {
            OrderAwaitingPayment::KIND => read_event(version, data).map(Self::Awaiting),
            OrderPaymentRequested::KIND => read_event(version, data).map(Self::Requested),
            OrderRejected::KIND => read_event(version, data).map(Self::Rejected),
            OrderCancelled::KIND => read_event(version, data).map(Self::Cancelled),
            OrderRefundRequested::KIND => read_event(version, data).map(Self::RefundRequested),
            ChargeReport::KIND => read_event(version, data).map(Self::Callback),
            PaymentPoll::KIND => Ok(Self::Poll),
            other => Err(format!("unknown type {other:?}").into()),
        }
    }
}
