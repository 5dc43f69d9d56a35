//! Messages that the notification service consumes.

use contracts::{
    OrderDocument, OrderId,
    event::{
        LowStock, NotificationKind, OrderCancelled, OrderConfirmed, OrderPaymentDue,
        OrderPaymentFailed, OrderPaymentReturned, OrderRefunded, OrderRejected,
        PasswordResetRequested, WebhookDisabled,
    },
};
use store::notification::MessageKey;
use streamward::{Delivery, inbound};

inbound! {
    /// An event that leads to a notification.
    #[derive(Clone, Debug, PartialEq)]
    pub enum NotificationMessage {
        /// An order's event, for its customer.
        Order(Box<OrderEvent>),
        /// A product that is low on stock, for the administrators.
        LowStock(LowStock),
        /// A disabled webhook, for the administrators.
        Webhook(WebhookDisabled),
        /// A forgotten password, for its owner.
        PasswordReset(PasswordResetRequested),
    }
}

inbound! {
    /// An order's event that its customer is notified of.
    #[derive(Clone, Debug, PartialEq)]
    pub enum OrderEvent {
        /// The order is paid and confirmed.
        Confirmed(OrderConfirmed),
        /// The order was rejected.
        Rejected(OrderRejected),
        /// The order was cancelled.
        Cancelled(OrderCancelled),
        /// A charge failed.
        PaymentFailed(OrderPaymentFailed),
        /// The order is unpaid, and its payment timeout is near.
        PaymentDue(OrderPaymentDue),
        /// A confirmed order was refunded.
        Refunded(OrderRefunded),
        /// A late payment, or one of a wrong amount, was refunded.
        PaymentReturned(OrderPaymentReturned),
    }
}

impl OrderEvent {
    /// Returns the order's id.
    pub const fn order_id(&self) -> &OrderId {
        match self {
            Self::Confirmed(event) => &event.order_id,
            Self::Rejected(event) => &event.order_id,
            Self::Cancelled(event) => &event.order_id,
            Self::PaymentFailed(event) => &event.order_id,
            Self::PaymentDue(event) => &event.order_id,
            Self::Refunded(event) => &event.order_id,
            Self::PaymentReturned(event) => &event.order_id,
        }
    }

    /// Returns the snapshot of the order.
    pub const fn document(&self) -> &OrderDocument {
        match self {
            Self::Confirmed(event) => &event.order,
            Self::Rejected(event) => &event.order,
            Self::Cancelled(event) => &event.order,
            Self::PaymentFailed(event) => &event.order,
            Self::PaymentDue(event) => &event.order,
            Self::Refunded(event) => &event.order,
            Self::PaymentReturned(event) => &event.order,
        }
    }

    /// Returns the kind of the notification, and its occurrence among several of that kind: the event's
    /// id, which stays the same when the event is delivered again through another stream.
    pub(crate) fn message_key(&self, delivery: &Delivery) -> MessageKey {
        let once = |kind| MessageKey { kind, nth: None };
        match self {
            Self::Confirmed(_) => once(NotificationKind::OrderConfirmed),
            Self::Rejected(_) => once(NotificationKind::OrderRejected),
            Self::Cancelled(_) => once(NotificationKind::OrderCancelled),
            Self::PaymentDue(_) => once(NotificationKind::PaymentReminder),
            // An order has one payment, so at most one of the two.
            Self::Refunded(_) | Self::PaymentReturned(_) => once(NotificationKind::Refunded),
            // An order can have several failed charges.
            Self::PaymentFailed(_) => MessageKey {
                kind: NotificationKind::PaymentFailed,
                nth: Some(event_id(delivery)),
            },
        }
    }
}

/// Returns the event's id without anything but letters and digits, as it becomes part of a header.
pub(crate) fn event_id(delivery: &Delivery) -> String {
    let id = delivery.entry.text("id");
    id.chars().filter(char::is_ascii_alphanumeric).collect()
}
