//! Events of the notification service.

use serde::{Deserialize, Serialize};

use super::{Channel, NotificationKind};
use crate::OrderId;

/// Topic `notifications:sent`: the customer was notified.
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
