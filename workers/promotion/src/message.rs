//! Messages that the promotion service consumes.

use contracts::event::{OrderCancelled, OrderConfirmed, OrderPlaced, OrderRefunded, OrderRejected};
use streamward::inbound;

inbound! {
    /// An order's event that changes a coupon.
    #[derive(Clone, Debug, PartialEq)]
    pub enum PromotionMessage {
        /// The order was placed: hold its coupon.
        Placed(OrderPlaced),
        /// The order was confirmed: redeem the coupon.
        Confirmed(OrderConfirmed),
        /// The order was rejected: release the coupon.
        Rejected(OrderRejected),
        /// The order was cancelled: release the coupon.
        Cancelled(OrderCancelled),
        /// The order was refunded: release the redeemed coupon.
        Refunded(OrderRefunded),
    }
}
