//! What the inventory service listens to.

use contracts::event::{
    Message, OrderCancelled, OrderConfirmed, OrderPlaced, OrderRefunded, OrderRejected,
};
use store::read_event;
use streamward::{Inbound, Undecodable};

/// One event of an order.
#[derive(Clone, Debug, PartialEq)]
pub enum InventoryMessage {
    /// Reserve.
    Placed(OrderPlaced),
    /// Sell.
    Confirmed(OrderConfirmed),
    /// Return.
    Rejected(OrderRejected),
    /// Return.
    Cancelled(OrderCancelled),
    /// Take back what was sold.
    Refunded(OrderRefunded),
}

impl Inbound for InventoryMessage {
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
