//! Messages that the order service consumes.

use contracts::{
    OrderId,
    event::{
        CouponHeld, CouponRejected, InventoryRejected, InventoryReserved, PaymentOpened,
        PaymentProcessed, PaymentRefunded, PaymentReminder, PaymentTimeout,
    },
};
use streamward::inbound;

inbound! {
    /// An answer of another service, or a timer.
    #[derive(Clone, Debug, PartialEq)]
    pub enum OrderMessage {
        /// All lines are reserved.
        Reserved(InventoryReserved),
        /// Stock is short.
        Rejected(InventoryRejected),
        /// The coupon is held.
        CouponHeld(CouponHeld),
        /// The coupon was refused.
        CouponRejected(CouponRejected),
        /// The provider's payment page is known.
        Opened(PaymentOpened),
        /// A charge ended.
        Processed(PaymentProcessed),
        /// The payment was refunded.
        Refunded(PaymentRefunded),
        /// Most of the time to pay has passed.
        Reminder = PaymentReminder,
        /// The time to pay is over.
        Timeout = PaymentTimeout,
    }
}

impl OrderMessage {
    /// Returns the order's id: from the message, or from the entry's `key` for a timer.
    ///
    /// # Errors
    /// When the key of a timer is not an order id.
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
