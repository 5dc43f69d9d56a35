//! What the order service listens to.

use contracts::{
    OrderId,
    event::{
        CouponHeld, CouponRejected, InventoryRejected, InventoryReserved, Message, PaymentOpened,
        PaymentProcessed, PaymentRefunded, PaymentReminder, PaymentTimeout,
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
    /// The coupon is held.
    CouponHeld(CouponHeld),
    /// The coupon may not be used.
    CouponRejected(CouponRejected),
    /// The provider's page is known.
    Opened(PaymentOpened),
    /// A charge ended.
    Processed(PaymentProcessed),
    /// The money went back.
    Refunded(PaymentRefunded),
    /// Most of the time to pay has passed.
    Reminder,
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
            Self::CouponHeld(event) => Ok(event.order_id.clone()),
            Self::CouponRejected(event) => Ok(event.order_id.clone()),
            Self::Opened(event) => Ok(event.order_id.clone()),
            Self::Processed(event) => Ok(event.order_id.clone()),
            Self::Refunded(event) => Ok(event.order_id.clone()),
            Self::Reminder | Self::Timeout => key.parse().map_err(|error| format!("key: {error}")),
        }
    }
}

impl Inbound for OrderMessage {
    fn wants(kind: &str) -> bool {
        matches!(
            kind,
            InventoryReserved::KIND
                | InventoryRejected::KIND
                | CouponHeld::KIND
                | CouponRejected::KIND
                | PaymentOpened::KIND
                | PaymentProcessed::KIND
                | PaymentRefunded::KIND
                | PaymentReminder::KIND
                | PaymentTimeout::KIND
        )
    }

    fn decode(kind: &str, version: u32, data: &[u8]) -> Result<Self, Undecodable> {
        match kind {
            InventoryReserved::KIND => read_event(version, data).map(Self::Reserved),
            InventoryRejected::KIND => read_event(version, data).map(Self::Rejected),
            CouponHeld::KIND => read_event(version, data).map(Self::CouponHeld),
            CouponRejected::KIND => read_event(version, data).map(Self::CouponRejected),
            PaymentOpened::KIND => read_event(version, data).map(Self::Opened),
            PaymentProcessed::KIND => read_event(version, data).map(Self::Processed),
            PaymentRefunded::KIND => read_event(version, data).map(Self::Refunded),
            PaymentReminder::KIND => Ok(Self::Reminder),
            PaymentTimeout::KIND => Ok(Self::Timeout),
            other => Err(format!("unknown type {other:?}").into()),
        }
    }
}
