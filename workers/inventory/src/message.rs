//! Messages that the inventory service consumes.

use contracts::event::{OrderCancelled, OrderConfirmed, OrderPlaced, OrderRefunded, OrderRejected};
use streamward::inbound;

inbound! {
    /// An order's event that changes stock.
    #[derive(Clone, Debug, PartialEq)]
    pub enum InventoryMessage {
        /// The order was placed: reserve its lines.
        Placed(OrderPlaced),
        /// The order was confirmed: sell the reserved units.
        Confirmed(OrderConfirmed),
        /// The order was rejected: release the reserved units.
        Rejected(OrderRejected),
        /// The order was cancelled: release the reserved units.
        Cancelled(OrderCancelled),
        /// The order was refunded: restock the sold units.
        Refunded(OrderRefunded),
    }
}
