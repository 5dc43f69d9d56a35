//! What the payment service listens to.

use contracts::event::{
    Kind, OrderAwaitingPayment, OrderCancelled, OrderPaymentRequested, OrderRefundRequested,
    OrderRejected, ProviderCallback,
};
use streamward::{Inbound, unpack};

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
    Callback(ProviderCallback),
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
                | ProviderCallback::KIND
        )
    }

    fn decode(kind: &str, _version: u32, data: &[u8]) -> Result<Self, String> {
        match kind {
            OrderAwaitingPayment::KIND => unpack(data).map(Self::Awaiting),
            OrderPaymentRequested::KIND => unpack(data).map(Self::Requested),
            OrderRejected::KIND => unpack(data).map(Self::Rejected),
            OrderCancelled::KIND => unpack(data).map(Self::Cancelled),
            OrderRefundRequested::KIND => unpack(data).map(Self::RefundRequested),
            ProviderCallback::KIND => unpack(data).map(Self::Callback),
            other => Err(format!("unknown type {other:?}")),
        }
    }
}
