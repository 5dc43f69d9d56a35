//! What the webhook service listens to.

use contracts::{
    EventType, OrderId,
    event::{
        Message, OrderAwaitingPayment, OrderCancelled, OrderConfirmed, OrderPaymentDue,
        OrderPaymentFailed, OrderPlaced, OrderRefunded, OrderRejected, WebhookAttempt,
    },
};
use store::read_event;
use streamward::{Inbound, Undecodable};

/// One message to the service.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// Something happened to an order.
    Order(Box<OrderNews>),
    /// A webhook is to be told.
    Attempt(Box<WebhookAttempt>),
}

/// What merchants can hear of an order.
#[derive(Clone, Debug, PartialEq)]
pub enum OrderNews {
    /// Accepted.
    Placed(OrderPlaced),
    /// To be paid.
    AwaitingPayment(OrderAwaitingPayment),
    /// Paid.
    Confirmed(OrderConfirmed),
    /// Not to be served.
    Rejected(OrderRejected),
    /// Ended unpaid.
    Cancelled(OrderCancelled),
    /// Paid back.
    Refunded(OrderRefunded),
    /// A charge failed.
    PaymentFailed(OrderPaymentFailed),
    /// The customer was reminded.
    PaymentDue(OrderPaymentDue),
}

impl OrderNews {
    /// The order it is about.
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

    /// The type merchants know it by.
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

impl Inbound for Heard {
    fn wants(kind: &str) -> bool {
        matches!(
            kind,
            OrderPlaced::KIND
                | OrderAwaitingPayment::KIND
                | OrderConfirmed::KIND
                | OrderRejected::KIND
                | OrderCancelled::KIND
                | OrderRefunded::KIND
                | OrderPaymentFailed::KIND
                | OrderPaymentDue::KIND
                | WebhookAttempt::KIND
        )
    }

    fn decode(kind: &str, version: u32, data: &[u8]) -> Result<Self, Undecodable> {
        let news = match kind {
            OrderPlaced::KIND => OrderNews::Placed(read_event(version, data)?),
            OrderAwaitingPayment::KIND => OrderNews::AwaitingPayment(read_event(version, data)?),
            OrderConfirmed::KIND => OrderNews::Confirmed(read_event(version, data)?),
            OrderRejected::KIND => OrderNews::Rejected(read_event(version, data)?),
            OrderCancelled::KIND => OrderNews::Cancelled(read_event(version, data)?),
            OrderRefunded::KIND => OrderNews::Refunded(read_event(version, data)?),
            OrderPaymentFailed::KIND => OrderNews::PaymentFailed(read_event(version, data)?),
            OrderPaymentDue::KIND => OrderNews::PaymentDue(read_event(version, data)?),
            WebhookAttempt::KIND => {
                let attempt = read_event(version, data)?;
                return Ok(Self::Attempt(Box::new(attempt)));
            }
            other => return Err(format!("unknown type {other:?}").into()),
        };
        Ok(Self::Order(Box::new(news)))
    }
}
