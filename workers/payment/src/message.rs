//! What the payment service listens to.

use contracts::event::{
    ChargeReport, Kind, OrderAwaitingPayment, OrderCancelled, OrderPaymentRequested,
    OrderRefundRequested, OrderRejected, PaymentPoll,
};
use store::read_event;
use streamward::{Inbound, Undecodable};

/// One event of an order, or one callback of the provider.
#[derive(Clone, Debug, PartialEq)]
pub enum PaymentMessage {
    /// Open the payment.
    Awaiting(OrderAwaitingPayment),
    /// Charge with another method.
    Requested(OrderPaymentRequested),
    /// Void.
    Rejected(OrderRejected),
    /// Void.
    Cancelled(OrderCancelled),
    /// Pay back.
    RefundRequested(OrderRefundRequested),
    /// A charge ended.
    Callback(ChargeReport),
    /// Nothing was heard of the payment for a while: ask. The entry's key names the order.
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
