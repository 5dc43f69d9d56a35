//! Coupons: what takes something off an order, and for whom, when and how often.

use crate::{CouponCode, Currency, Money};

/// What a coupon takes off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Discount {
    /// 1 to 100 percent of the subtotal, rounded down to the minor unit.
    Percent(u8),
    /// An amount, or the whole subtotal when that is less.
    Amount(Money),
}

/// A coupon's terms. How often it was used is the promotion service's business.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coupon {
    /// Its code.
    pub code: CouponCode,
    /// What it takes off.
    pub discount: Discount,
    /// The least subtotal of an order that may use it.
    pub minimum: Option<Money>,
    /// Unix milliseconds; orders placed before have come too early.
    pub valid_from: Option<u64>,
    /// Unix milliseconds; orders placed later have come too late.
    pub valid_until: Option<u64>,
    /// How many orders may use it.
    pub max_uses: Option<u64>,
    /// How many orders of one customer may use it.
    pub max_uses_per_customer: Option<u64>,
    /// Whether it may be used at all.
    pub active: bool,
}

impl Coupon {
    /// The currency that an order must be in to use it; none is a percentage of any order.
    pub fn currency(&self) -> Option<Currency> {
        let minimum = self.minimum.map(|minimum| minimum.currency);
        match self.discount {
            Discount::Percent(_) => minimum,
            Discount::Amount(amount) => Some(amount.currency),
        }
    }
}
