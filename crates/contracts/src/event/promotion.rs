//! Events of the promotion service.

use serde::{Deserialize, Serialize};

use super::CouponRefusal;
use crate::{CouponCode, Money, OrderId};

/// Topic `promotions:held`: the order's coupon is held and grants a discount.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CouponHeld {
    /// The order.
    pub order_id: OrderId,
    /// The coupon.
    pub code: CouponCode,
    /// The discount on the subtotal.
    pub discount: Money,
}

/// Topic `promotions:rejected`: the order may not use its coupon.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CouponRejected {
    /// The order.
    pub order_id: OrderId,
    /// The coupon.
    pub code: CouponCode,
    /// Reason of the refusal.
    pub reason: CouponRefusal,
}
