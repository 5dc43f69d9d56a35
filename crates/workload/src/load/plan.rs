//! Behaviour of the customer of one order: most buy, some cancel, some never pay.

use rand::Rng;

/// Behaviour of one customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Plan {
    Buys,
    UsesCoupon,
    TriesUnknownCoupon,
    CardDeclinedPaysWithAnother,
    CardDeclinedGivesUp,
    NeverPays,
    Cancels,
    CancelsWhileCharged,
    PaysSlowly,
    CardTimesOut,
}

/// Number of customers with a plan, of a hundred.
const SHARES: [(Plan, u32); 10] = [
    (Plan::Buys, 56),
    (Plan::UsesCoupon, 12),
    (Plan::TriesUnknownCoupon, 2),
    (Plan::CardDeclinedPaysWithAnother, 8),
    (Plan::CardDeclinedGivesUp, 3),
    (Plan::NeverPays, 5),
    (Plan::Cancels, 4),
    (Plan::CancelsWhileCharged, 4),
    (Plan::PaysSlowly, 4),
    (Plan::CardTimesOut, 2),
];

/// Action of a customer after the order was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Then {
    Nothing,
    PayAgain,
    Cancel,
}

impl Plan {
    /// Returns a random plan by the shares.
    pub(super) fn random(random: &mut impl Rng) -> Self {
        let all: u32 = SHARES.iter().map(|(_, share)| share).sum();
        let mut at = random.random_range(0..all);
        for (plan, share) in SHARES {
            if at < share {
                return plan;
            }
            at -= share;
        }
        Self::Buys
    }

    /// Returns the text of the report.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Buys => "buys",
            Self::UsesCoupon => "uses a coupon",
            Self::TriesUnknownCoupon => "tries an unknown coupon",
            Self::CardDeclinedPaysWithAnother => "card declined, pays with another",
            Self::CardDeclinedGivesUp => "card declined, gives up",
            Self::NeverPays => "never pays",
            Self::Cancels => "cancels before paying",
            Self::CancelsWhileCharged => "cancels while the card is charged",
            Self::PaysSlowly => "pays slowly",
            Self::CardTimesOut => "charge never answers",
        }
    }

    /// Returns the payment method of the order.
    pub(super) const fn method(self) -> Option<&'static str> {
        match self {
            Self::Buys | Self::UsesCoupon | Self::TriesUnknownCoupon => Some("pm_card_visa"),
            Self::CardDeclinedPaysWithAnother | Self::CardDeclinedGivesUp => {
                Some("pm_card_declined")
            }
            Self::NeverPays | Self::Cancels => None,
            Self::CancelsWhileCharged | Self::PaysSlowly => Some("pm_card_slow"),
            Self::CardTimesOut => Some("pm_card_timeout"),
        }
    }

    pub(super) const fn coupon(self) -> Option<&'static str> {
        match self {
            Self::UsesCoupon => Some("WELCOME10"),
            Self::TriesUnknownCoupon => Some("NO-SUCH-COUPON"),
            Self::Buys
            | Self::CardDeclinedPaysWithAnother
            | Self::CardDeclinedGivesUp
            | Self::NeverPays
            | Self::Cancels
            | Self::CancelsWhileCharged
            | Self::PaysSlowly
            | Self::CardTimesOut => None,
        }
    }

    pub(super) const fn then(self) -> Then {
        match self {
            Self::CardDeclinedPaysWithAnother => Then::PayAgain,
            Self::Cancels | Self::CancelsWhileCharged => Then::Cancel,
            Self::Buys
            | Self::UsesCoupon
            | Self::TriesUnknownCoupon
            | Self::CardDeclinedGivesUp
            | Self::NeverPays
            | Self::PaysSlowly
            | Self::CardTimesOut => Then::Nothing,
        }
    }
}
