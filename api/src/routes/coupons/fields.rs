//! The bodies of coupons.

use contracts::{Coupon, CouponCode, Discount, Money};

use crate::{
    http::{
        fields::{Integer, Time},
        request_body,
    },
    problem::Problem,
};

/// Numbers of uses that a coupon may be limited to.
type Uses = Integer<u64, 1, 1_000_000_000>;

request_body! {
    /// A coupon. It has a `percent` or an `amount`; without another member it is not limited by that.
    pub(crate) struct NewCoupon {
        code: CouponCode, example = "SPRING-5";
        /// Discount in percent of the subtotal.
        percent: Option<Integer<u8, 1, 100>>, example = 5;
        /// Fixed discount, above 0.
        amount: Option<Money>;
        /// Minimum subtotal, in the currency of `amount`.
        minimum: Option<Money>;
        valid_from as "validFrom": Option<Time>;
        /// Not before `validFrom`.
        valid_until as "validUntil": Option<Time>;
        max_uses as "maxUses": Option<Uses>;
        max_uses_per_customer as "maxUsesPerCustomer": Option<Uses>;
        /// Whether it may be used; true without it.
        active: Option<bool>;
    }
    check |fields, faults| {
        let place = |name| fields.at().field(name);
        match (fields.get("percent"), fields.get("amount")) {
            (None, None) => faults.add(place("percent"), "is required, or amount instead"),
            (Some(_), Some(_)) => faults.add(place("amount"), "must not stand beside percent"),
            (Some(_), None) | (None, Some(_)) => {}
        }
        let (amount, minimum) = (amount.flatten(), minimum.flatten());
        if amount.is_some_and(|money: Money| money.amount <= 0) {
            faults.add(place("amount").field("amount"), "must be above 0");
        }
        if let (Some(amount), Some(minimum)) = (amount, minimum)
            && amount.currency != minimum.currency
        {
            faults.add(place("minimum"), "must be in the currency of the amount");
        }
        if let (Some(Some(from)), Some(Some(until))) = (valid_from, valid_until)
            && until < from
        {
            faults.add(place("validUntil"), "must not be before validFrom");
        }
    }
}

request_body! {
    /// Whether a coupon may be used.
    pub(crate) struct CouponChange {
        active: bool;
    }
}

impl TryFrom<NewCoupon> for Coupon {
    type Error = Problem;

    fn try_from(new: NewCoupon) -> Result<Self, Problem> {
        let amount = new.amount.map(Discount::Amount);
        let discount = new.percent.map(Discount::Percent).or(amount);
        Ok(Self {
            // The body's rules hold that it has one of both.
            discount: discount.ok_or_else(|| Problem::internal("a coupon without a discount"))?,
            code: new.code,
            minimum: new.minimum,
            valid_from: new.valid_from,
            valid_until: new.valid_until,
            max_uses: new.max_uses,
            max_uses_per_customer: new.max_uses_per_customer,
            active: new.active.unwrap_or(true),
        })
    }
}
