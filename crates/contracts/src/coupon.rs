//! Coupons: discounts, and the terms of their use.

use crate::{CouponCode, Currency, Money, event::CouponRefusal};

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

    /// Returns the reason why an order of `subtotal` placed at `placed_ms` cannot use it. Its uses are counted by the
    /// promotion service alone, whose `lua/promotion/hold_coupon.lua` decides by the same rules.
    pub fn refusal(&self, placed_ms: u64, subtotal: Money) -> Option<CouponRefusal> {
        if !self.active {
            Some(CouponRefusal::Inactive)
        } else if self.valid_from.is_some_and(|from| placed_ms < from) {
            Some(CouponRefusal::NotYetValid)
        } else if self.valid_until.is_some_and(|until| placed_ms > until) {
            Some(CouponRefusal::Expired)
        } else if self
            .currency()
            .is_some_and(|only| only != subtotal.currency)
        {
            Some(CouponRefusal::WrongCurrency)
        } else if self
            .minimum
            .is_some_and(|least| subtotal.amount < least.amount)
        {
            Some(CouponRefusal::MinimumNotReached)
        } else {
            None
        }
    }

    /// Returns the discount on an order of `subtotal`.
    pub fn discount_on(&self, subtotal: Money) -> Money {
        let amount = match self.discount {
            // Hundreds and the rest apart: the product of a large subtotal and a percentage would overflow.
            Discount::Percent(percent) => {
                let (hundreds, rest) = (subtotal.amount / 100, subtotal.amount % 100);
                let percent = i64::from(percent);
                hundreds * percent + rest * percent / 100
            }
            Discount::Amount(amount) => amount.amount.min(subtotal.amount),
        };
        Money::new(amount, subtotal.currency)
    }
}
