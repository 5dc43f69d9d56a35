//! What the notification service listens to.

use contracts::{
    OrderDoc, OrderId,
    event::{
        Kind, NotificationKind, OrderCancelled, OrderConfirmed, OrderPaymentFailed, OrderRejected,
    },
};
use store::read_event;
use streamward::{Inbound, Undecodable};

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
}

impl NotificationMessage {
    /// The order it is about.
    pub const fn order_id(&self) -> &OrderId {
        match self {
            Self::Confirmed(event) => &event.order_id,
            Self::Rejected(event) => &event.order_id,
            Self::Cancelled(event) => &event.order_id,
            Self::PaymentFailed(event) => &event.order_id,
        }
    }

    /// Who ordered what.
    pub const fn doc(&self) -> &OrderDoc {
        match self {
            Self::Confirmed(event) => &event.order,
            Self::Rejected(event) => &event.order,
            Self::Cancelled(event) => &event.order,
            Self::PaymentFailed(event) => &event.order,
        }
    }

    /// What the customer is told.
    pub const fn kind(&self) -> NotificationKind {
        match self {
            Self::Confirmed(_) => NotificationKind::OrderConfirmed,
            Self::Rejected(_) => NotificationKind::OrderRejected,
            Self::Cancelled(_) => NotificationKind::OrderCancelled,
            Self::PaymentFailed(_) => NotificationKind::PaymentFailed,
        }
    }
}

impl Inbound for NotificationMessage {
    fn wants(kind: &str) -> bool {
        matches!(
            kind,
            OrderConfirmed::KIND
                | OrderRejected::KIND
                | OrderCancelled::KIND
                | OrderPaymentFailed::KIND
        )
    }

    fn decode(kind: &str, version: u32, data: &[u8]) -> Result<Self, Undecodable> {
        match kind {
            OrderConfirmed::KIND => read_event(version, data).map(Self::Confirmed),
            OrderRejected::KIND => read_event(version, data).map(Self::Rejected),
            OrderCancelled::KIND => read_event(version, data).map(Self::Cancelled),
            OrderPaymentFailed::KIND => read_event(version, data).map(Self::PaymentFailed),
            other => Err(format!("unknown type {other:?}").into()),
        }
    }
}
