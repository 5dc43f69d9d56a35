//! What the notification service listens to.

use contracts::{
    OrderDocument, OrderId,
    event::{
        InventoryUpdated, Message, NotificationKind, OrderCancelled, OrderConfirmed,
        OrderPaymentDue, OrderPaymentFailed, OrderPaymentReturned, OrderRefunded, OrderRejected,
        WebhookDisabled,
    },
};
use store::{notification::MessageKey, read_event};
use streamward::{Delivery, Inbound, Undecodable};

/// One event that somebody wants to know of.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// The customer does.
    Order(Box<NotificationMessage>),
    /// The administrators may.
    Stock(InventoryUpdated),
    /// The administrators do, if there are any.
    Webhook(WebhookDisabled),
}

/// One event that a customer wants to know of.
#[derive(Clone, Debug, PartialEq)]
pub enum NotificationMessage {
    /// Paid and confirmed.
    Confirmed(OrderConfirmed),
    /// Rejected.
    Rejected(OrderRejected),
    /// Cancelled.
    Cancelled(OrderCancelled),
    /// A charge failed.
    PaymentFailed(OrderPaymentFailed),
    /// Still to be paid, and not for long.
    PaymentDue(OrderPaymentDue),
    /// Paid back.
    Refunded(OrderRefunded),
    /// Money that came after the end, or was not the total, went back.
    PaymentReturned(OrderPaymentReturned),
}

impl NotificationMessage {
    /// The order it is about.
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

    /// Who ordered what.
    pub const fn doc(&self) -> &OrderDocument {
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

    /// What the customer is told, and which one of several of that kind. The event's own id stays the
    /// same when it is delivered again, through whatever stream.
    pub(crate) fn occasion(&self, delivery: &Delivery) -> MessageKey {
        let once = |kind| MessageKey { kind, nth: None };
        match self {
            Self::Confirmed(_) => once(NotificationKind::OrderConfirmed),
            Self::Rejected(_) => once(NotificationKind::OrderRejected),
            Self::Cancelled(_) => once(NotificationKind::OrderCancelled),
            Self::PaymentDue(_) => once(NotificationKind::PaymentReminder),
            // An order has one payment, so one of the two at most.
            Self::Refunded(_) | Self::PaymentReturned(_) => once(NotificationKind::Refunded),
            // An order can be paid again and again.
            Self::PaymentFailed(_) => MessageKey {
                kind: NotificationKind::PaymentFailed,
                nth: Some(event_id(delivery)),
            },
        }
    }
}

impl Inbound for Heard {
    fn wants(kind: &str) -> bool {
        matches!(
            kind,
            OrderConfirmed::KIND
                | OrderRejected::KIND
                | OrderCancelled::KIND
                | OrderPaymentFailed::KIND
                | OrderPaymentDue::KIND
                | OrderRefunded::KIND
                | OrderPaymentReturned::KIND
                | InventoryUpdated::KIND
                | WebhookDisabled::KIND
        )
    }

    fn decode(kind: &str, version: u32, data: &[u8]) -> Result<Self, Undecodable> {
        let order = match kind {
            OrderConfirmed::KIND => NotificationMessage::Confirmed(read_event(version, data)?),
            OrderRejected::KIND => NotificationMessage::Rejected(read_event(version, data)?),
            OrderCancelled::KIND => NotificationMessage::Cancelled(read_event(version, data)?),
            OrderPaymentFailed::KIND => {
                NotificationMessage::PaymentFailed(read_event(version, data)?)
            }
            OrderPaymentDue::KIND => NotificationMessage::PaymentDue(read_event(version, data)?),
            OrderRefunded::KIND => NotificationMessage::Refunded(read_event(version, data)?),
            OrderPaymentReturned::KIND => {
                NotificationMessage::PaymentReturned(read_event(version, data)?)
            }
            InventoryUpdated::KIND => return read_event(version, data).map(Self::Stock),
            WebhookDisabled::KIND => return read_event(version, data).map(Self::Webhook),
            other => return Err(format!("unknown type {other:?}").into()),
        };
        Ok(Self::Order(Box::new(order)))
    }
}

/// The event's id. It becomes part of a header, so anything but letters and digits is left out.
fn event_id(delivery: &Delivery) -> String {
    let id = delivery.entry.text("id");
    id.chars().filter(char::is_ascii_alphanumeric).collect()
}
