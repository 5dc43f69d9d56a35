//! What the inventory service listens to.

use contracts::event::{Kind, OrderCancelled, OrderConfirmed, OrderPlaced, OrderRejected};
use streamward::{Inbound, unpack};

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
}

impl Inbound for InventoryMessage {
    fn wants(kind: &str) -> bool {
        matches!(
            kind,
            OrderPlaced::KIND | OrderConfirmed::KIND | OrderRejected::KIND | OrderCancelled::KIND
        )
    }

    fn decode(kind: &str, _version: u32, data: &[u8]) -> Result<Self, String> {
        match kind {
            OrderPlaced::KIND => unpack(data).map(Self::Placed),
            OrderConfirmed::KIND => unpack(data).map(Self::Confirmed),
            OrderRejected::KIND => unpack(data).map(Self::Rejected),
            OrderCancelled::KIND => unpack(data).map(Self::Cancelled),
            other => Err(format!("unknown type {other:?}")),
        }
    }
}
