//! What the order service listens to.

use contracts::{
    OrderId,
    event::{
        InventoryRejected, InventoryReserved, Kind, PaymentOpened, PaymentProcessed,
        PaymentRefunded, PaymentTimeout,
    },
};
use store::read_event;
use streamward::{Inbound, Undecodable};

/// One answer or timer.
#[derive(Clone, Debug, PartialEq)]
pub enum OrderMessage {
    /// The inventory holds all lines.
    Reserved(InventoryReserved),
    /// The inventory cannot.
    Rejected(InventoryRejected),
    /// The provider's page is known.
    Opened(PaymentOpened),
    /// A charge ended.
    Processed(PaymentProcessed),
    /// The money went back.
    Refunded(PaymentRefunded),
    /// The time to pay is over.
    Timeout,
}

impl OrderMessage {
    /// The order it is about: named in the message, or by the entry's `key` for a timer.
    ///
    /// # Errors
    /// When the key of a timer is no order id.
    pub fn order_id(&self, key: &str) -> Result<OrderId, String> {
        match self {
            Self::Reserved(event) => Ok(event.order_id.clone()),
            Self::Rejected(event) => Ok(event.order_id.clone()),
            Self::Opened(event) => Ok(event.order_id.clone()),
            Self::Processed(event) => Ok(event.order_id.clone()),
            Self::Refunded(event) => Ok(event.order_id.clone()),
            Self::Timeout => key.parse().map_err(|error| format!("key: {error}")),
        }
    }
}

impl Inbound for OrderMessage {
    fn wants(kind: &str) -> bool {
        matches!(
            kind,
            InventoryReserved::KIND
                | InventoryRejected::KIND
                | PaymentOpened::KIND
                | PaymentProcessed::KIND
                | PaymentRefunded::KIND
                | PaymentTimeout::KIND
        )
    }

    fn decode(kind: &str, version: u32, data: &[u8]) -> Result<Self, Undecodable> {
        match kind {
            InventoryReserved::KIND => read_event(version, data).map(Self::Reserved),
            InventoryRejected::KIND => read_event(version, data).map(Self::Rejected),
            PaymentOpened::KIND => read_event(version, data).map(Self::Opened),
            PaymentProcessed::KIND => read_event(version, data).map(Self::Processed),
            PaymentRefunded::KIND => read_event(version, data).map(Self::Refunded),
            PaymentTimeout::KIND => Ok(Self::Timeout),
            other => Err(format!("unknown type {other:?}").into()),
        }
    }
}
