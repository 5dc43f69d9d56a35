//! Events of the notification service.

use serde::{Deserialize, Serialize};

use super::{Channel, NotificationKind};
use crate::{OrderId, ProductId};

/// Stream `notifications`: the customer was notified.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NotificationSent {
    /// The order.
    pub order_id: OrderId,
    /// Kind of the notification.
    pub kind: NotificationKind,
    /// Channel of the notification.
    pub channel: Channel,
}

/// Stream `notifications`: the administrators were notified that a product is low on stock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LowStockReported {
    /// The product.
    pub product_id: ProductId,
    /// Units available for reservation.
    pub available: i64,
    /// The threshold: stock at or below it is low.
    pub threshold: u32,
}
