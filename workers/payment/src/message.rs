//! Messages that the payment service consumes.

use contracts::event::{
    ChargeReport, OrderAwaitingPayment, OrderCancelled, OrderPaymentRequested,
    OrderRefundRequested, OrderRejected, PaymentPoll,
};
use streamward::inbound;

inbound! {
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
        Poll = PaymentPoll,
    }
}
