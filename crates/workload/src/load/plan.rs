//! Behaviour of the customer of one order: most buy, some cancel, some never pay.

use rand::{Rng, seq::IndexedRandom};

const VISA: Option<&str> = Some("pm_card_visa");
const DECLINED: Option<&str> = Some("pm_card_declined");
const SLOW: Option<&str> = Some("pm_card_slow");
const TIMEOUT: Option<&str> = Some("pm_card_timeout");

/// Behaviour of one customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Plan {
    /// Customers with this plan, of a hundred.
    share: u32,
    /// Text of the report.
    pub(super) name: &'static str,
    /// Payment method of the order.
    pub(super) method: Option<&'static str>,
    pub(super) coupon: Option<&'static str>,
    pub(super) then: Then,
}

/// Action of a customer after the order was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    Nothing,
    PayAgain,
    Cancel,
}

const PLANS: [Plan; 10] = [
    Plan::BUYS,
    Plan::new(12, "uses a coupon", VISA).with("WELCOME10"),
    Plan::new(2, "tries an unknown coupon", VISA).with("NO-SUCH-COUPON"),
    Plan::new(8, "card declined, pays with another", DECLINED).then(Then::PayAgain),
    Plan::new(3, "card declined, gives up", DECLINED),
    Plan::new(5, "never pays", None),
    Plan::new(4, "cancels before paying", None).then(Then::Cancel),
    Plan::new(4, "cancels while the card is charged", SLOW).then(Then::Cancel),
    Plan::new(4, "pays slowly", SLOW),
    Plan::new(2, "charge never answers", TIMEOUT),
];

impl Plan {
    pub(super) const BUYS: Self = Self::new(56, "buys", VISA);

    const fn new(share: u32, name: &'static str, method: Option<&'static str>) -> Self {
        Self {
            share,
            name,
            method,
            coupon: None,
            then: Then::Nothing,
        }
    }

    const fn with(mut self, coupon: &'static str) -> Self {
        self.coupon = Some(coupon);
        self
    }

    const fn then(mut self, then: Then) -> Self {
        self.then = then;
        self
    }

    /// Returns a random plan by the shares.
    pub(super) fn random(random: &mut impl Rng) -> Self {
        let plan = PLANS.choose_weighted(random, |plan| plan.share);
        *plan.unwrap_or(&Self::BUYS)
    }
}
