//! Messages that the webhook service consumes.

use contracts::{
    EventType, OrderId,
    event::{
        OrderAwaitingPayment, OrderCancelled, OrderConfirmed, OrderPaymentDue, OrderPaymentFailed,
        OrderPlaced, OrderRefunded, OrderRejected, WebhookAttempt,
    },
};
use streamward::inbound;

inbound! {
    /// An order's event to be fanned out, or an attempt to be made.
    #[derive(Clone, Debug, PartialEq)]
    pub enum WebhookMessage {
        /// An order's event.
        Order(Box<OrderEvent>),
        /// An attempt to deliver an event to a webhook.
        Attempt(Box<WebhookAttempt>),
    }
}

inbound! {
    /// An order's event that merchants can subscribe to.
    #[derive(Clone, Debug, PartialEq)]
    pub enum OrderEvent {
        /// The order was accepted.
        Placed(OrderPlaced),
        /// The order is to be paid.
        AwaitingPayment(OrderAwaitingPayment),
        /// The order is paid.
        Confirmed(OrderConfirmed),
        /// The order cannot be fulfilled.
        Rejected(OrderRejected),
        /// The order ended unpaid.
        Cancelled(OrderCancelled),
        /// The order was refunded.
        Refunded(OrderRefunded),
        /// A charge failed.
        PaymentFailed(OrderPaymentFailed),
        /// The customer was reminded to pay.
        PaymentDue(OrderPaymentDue),
    }
}

impl OrderEvent {
    /// Returns the order's id.
    pub const fn order_id(&self) -> &OrderId {
        match self {
            Self::Placed(event) => &event.order_id,
            Self::AwaitingPayment(event) => &event.order_id,
            Self::Confirmed(event) => &event.order_id,
            Self::Rejected(event) => &event.order_id,
            Self::Cancelled(event) => &event.order_id,
            Self::Refunded(event) => &event.order_id,
            Self::PaymentFailed(event) => &event.order_id,
            Self::PaymentDue(event) => &event.order_id,
        }
    }

    /// Returns the event type as merchants see it.
    pub const fn event_type(&self) -> EventType {
        match self {
            Self::Placed(_) => EventType::OrderPlaced,
            Self::AwaitingPayment(_) => EventType::OrderAwaitingPayment,
            Self::Confirmed(_) => EventType::OrderConfirmed,
            Self::Rejected(_) => EventType::OrderRejected,
            Self::Cancelled(_) => EventType::OrderCancelled,
            Self::Refunded(_) => EventType::OrderRefunded,
            Self::PaymentFailed(_) => EventType::PaymentFailed,
            Self::PaymentDue(_) => EventType::PaymentDue,
        }
    }
}
