//! Messages of the promotion service.

use contracts::event::{OrderCancelled, OrderConfirmed, OrderPlaced, OrderRefunded, OrderRejected};
use streamward::inbound;

inbound! {
    /// One event of an order.
    #[derive(Clone, Debug, PartialEq)]
    pub enum PromotionMessage {
        /// The order's coupon is to be held.
        Placed(OrderPlaced),
        /// The coupon counts as used.
        Confirmed(OrderConfirmed),
        /// The held coupon is released.
        Rejected(OrderRejected),
        /// The held coupon is released.
        Cancelled(OrderCancelled),
        /// The coupon is released, though it was used.
        Refunded(OrderRefunded),
    }
}
