//! Coupons: discounts, and the terms of their use.

use crate::{CouponCode, Currency, Money};

/// Discount of a coupon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Discount {
    /// 1 to 100 percent of the subtotal, rounded down to the minor unit.
    Percent(u8),
    /// A fixed amount, at most the subtotal.
    Amount(Money),
}

/// Terms of a coupon. The promotion service counts its uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coupon {
    /// Code that customers enter.
    pub code: CouponCode,
    /// Discount that it grants.
    pub discount: Discount,
    /// Minimum subtotal of an order that may use it.
    pub minimum: Option<Money>,
    /// First instant of its validity in Unix milliseconds, compared with the order's placing.
    pub valid_from: Option<u64>,
    /// Last instant of its validity in Unix milliseconds, compared with the order's placing.
    pub valid_until: Option<u64>,
    /// Maximum number of orders that use it.
    pub max_uses: Option<u64>,
    /// Maximum number of orders per customer that use it.
    pub max_uses_per_customer: Option<u64>,
    /// Whether it may be used at all.
    pub active: bool,
}

impl Coupon {
    /// Returns the currency required of an order; `None` for a percentage without a minimum.
    pub fn currency(&self) -> Option<Currency> {
        let minimum = self.minimum.map(|minimum| minimum.currency);
        match self.discount {
            Discount::Percent(_) => minimum,
            Discount::Amount(amount) => Some(amount.currency),
        }
    }
}
