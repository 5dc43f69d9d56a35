//! What the promotion service listens to.

use contracts::event::{
    Kind, OrderCancelled, OrderConfirmed, OrderPlaced, OrderRefunded, OrderRejected,
};
use store::read_event;
use streamward::{Inbound, Undecodable};

/// One event of an order.
#[derive(Clone, Debug, PartialEq)]
pub enum PromotionMessage {
    /// Hold its coupon.
    Placed(OrderPlaced),
    /// Count it as used.
    Confirmed(OrderConfirmed),
    /// Return it.
    Rejected(OrderRejected),
    /// Return it.
    Cancelled(OrderCancelled),
    /// Return it, though it was used.
    Refunded(OrderRefunded),
}

impl Inbound for PromotionMessage {
    fn wants(kind: &str) -> bool {
        matches!(
            kind,
            OrderPlaced::KIND
                | OrderConfirmed::KIND
                | OrderRejected::KIND
                | OrderCancelled::KIND
                | OrderRefunded::KIND
        )
    }

    fn decode(kind: &str, version: u32, data: &[u8]) -> Result<Self, Undecodable> {
        match kind {
            OrderPlaced::KIND => read_event(version, data).map(Self::Placed),
            OrderConfirmed::KIND => read_event(version, data).map(Self::Confirmed),
            OrderRejected::KIND => read_event(version, data).map(Self::Rejected),
            OrderCancelled::KIND => read_event(version, data).map(Self::Cancelled),
            OrderRefunded::KIND => read_event(version, data).map(Self::Refunded),
            other => Err(format!("unknown type {other:?}").into()),
        }
    }
}
