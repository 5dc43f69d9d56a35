//! What is called, and how a seed becomes a sequence of calls.

use rand::{Rng, SeedableRng, rngs::StdRng};
use saga::{
    Shop,
    books::Why,
    event::{Charge, Intent},
    scripts::{
        inventory::Ending,
        order::Verdict,
        payment::{Opening, Report},
    },
    shop::{Terms, Wish},
};

const ORDERS: usize = 16;
const CALLS: usize = 900;
/// Minor units that no order costs.
pub(super) const WRONG: i64 = 7;

/// One call of a script.
#[derive(Clone, Copy, Debug)]
pub(super) enum Call {
    Adjust {
        product: usize,
        delta: i64,
    },
    AddCoupon,
    SwitchCoupon {
        active: bool,
    },
    RemoveCoupon,
    Place {
        order: usize,
    },
    Cancel {
        order: usize,
        why: Why,
    },
    Pay {
        order: usize,
    },
    Refund {
        order: usize,
    },
    Step {
        order: usize,
        step: Step,
    },
    /// One of the deliveries so far comes again.
    Again {
        which: usize,
    },
}

/// One call of a script that settles a delivery.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    Reserve,
    SettleUnits(Ending),
    HoldCoupon,
    SettleCoupon(Ending),
    Hold(Verdict),
    Opened,
    /// Whether the amount is the order's total.
    Paid {
        in_full: bool,
    },
    Declined,
    Remind,
    Expire,
    Refunded,
    Open(Opening),
    /// The charge of this number was begun, or not `answered`.
    Charge {
        attempt: u8,
        answered: bool,
    },
    /// The provider was asked in vain, for the last time unless `again`.
    Wait {
        answered: Option<u8>,
        again: bool,
    },
    /// A captured amount is the order's total, unless it is `WRONG`.
    Record(Report),
    Void {
        known: Option<Intent>,
        asking: bool,
    },
    PayBack,
    /// Tells the customer over one channel or both.
    Mark {
        both: bool,
    },
    /// Notes that the customer was told over one channel; settles nothing.
    Note,
}

/// What every call must have answered at least once.
pub(super) const ANSWERS: [(&str, &str); 27] = [
    ("Adjust", "Adjusted Short"),
    ("AddCoupon", "Added Exists"),
    ("SwitchCoupon", "Switched Unknown"),
    ("RemoveCoupon", "Removed Unknown"),
    ("Place", "New Replay"),
    ("Cancel", "Cancelled Replay NotCancellable Unknown"),
    ("Pay", "Requested NotPayable Unknown"),
    ("Refund", "Requested Replay NotRefundable Unknown"),
    ("Reserve", "Reserved Rejected Late Stale"),
    ("SettleUnits", "Ended None Late Stale"),
    ("HoldCoupon", "Held Rejected Late Stale"),
    ("SettleCoupon", "Ended None Late Stale"),
    (
        "Hold",
        "Waiting AwaitingPayment Rejected Duplicate Late Stale Unknown",
    ),
    ("Opened", "Noted Stale Unknown"),
    ("Paid", "Confirmed Refund Mismatch Duplicate Stale Unknown"),
    ("Declined", "Recorded Late Stale Unknown"),
    ("Remind", "Reminded Late Stale Unknown"),
    ("Expire", "Cancelled Late Stale Unknown"),
    ("Refunded", "Refunded Noted Stale Unknown"),
    ("Open", "Recorded Late Ended Stale"),
    ("Charge", "Recorded Late Stale"),
    ("Wait", "Recorded Late Stale"),
    ("Record", "Recorded Duplicate Late Doubtful Stale"),
    ("Void", "Recorded Late Appeared Stale"),
    ("PayBack", "Recorded Late Stale"),
    ("Mark", "Told"),
    ("Note", "Told"),
];

/// A shop and what is called in it.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) shop: Shop,
    pub(super) calls: Vec<Call>,
}

impl Plan {
    pub(super) fn new(seed: u64) -> Self {
        let mut dice = StdRng::seed_from_u64(seed);
        let wishes = (0..ORDERS).map(|_| wish(&mut dice)).collect();
        let shop = Shop {
            stock: vec![6, 6],
            coupon: Terms {
                off: dice.random_range(1..4) * 700,
                limit: dice.random_range(1..4),
                per_customer: dice.random_range(1..4),
            },
            wishes,
            trouble: saga::shop::Trouble::default(),
            people: saga::shop::People::default(),
            mutation: None,
        };
        // Orders come and go: at any time a few of them are called about.
        let calls = (0..CALLS)
            .map(|n| {
                let oldest = n * (ORDERS - 2) / CALLS;
                let order = dice.random_range(oldest..oldest + 3);
                call(&mut dice, order)
            })
            .collect();
        Self { shop, calls }
    }
}

fn wish(dice: &mut StdRng) -> Wish {
    let first = dice.random_range(0..3);
    Wish {
        customer: dice.random_range(0..2),
        units: vec![first, dice.random_range(i64::from(first == 0)..3)],
        coupon: dice.random_bool(0.5),
        card: None,
        retry: None,
    }
}

fn call(dice: &mut StdRng, order: usize) -> Call {
    match dice.random_range(0..100) {
        0..5 => Call::Adjust {
            product: dice.random_range(0..2),
            delta: dice.random_range(-4..=5),
        },
        5 => Call::AddCoupon,
        6..9 => Call::SwitchCoupon {
            active: dice.random_bool(0.8),
        },
        9 => Call::RemoveCoupon,
        10..22 => Call::Place { order },
        22..24 => Call::Cancel {
            order,
            why: [Why::ByCustomer, Why::ByAdmin][dice.random_range(0..2)],
        },
        24..28 => Call::Pay { order },
        28..32 => Call::Refund { order },
        32..42 => Call::Again {
            which: dice.random_range(0..1000),
        },
        _ => Call::Step {
            order,
            step: step(dice),
        },
    }
}

fn step(dice: &mut StdRng) -> Step {
    match dice.random_range(0..100) {
        0..8 => Step::Reserve,
        8..14 => Step::SettleUnits(ending(dice)),
        14..22 => Step::HoldCoupon,
        22..28 => Step::SettleCoupon(ending(dice)),
        28..46 => Step::Hold(match dice.random_range(0..20) {
            0 => Verdict::NoStock,
            1 => Verdict::NoCoupon,
            2..11 => Verdict::Stock,
            _ => Verdict::Coupon(dice.random_range(0..3) * 300),
        }),
        46..49 => Step::Opened,
        49..57 => Step::Paid {
            in_full: dice.random_bool(0.85),
        },
        57..61 => Step::Declined,
        61..64 => Step::Remind,
        64..67 => Step::Expire,
        67..72 => Step::Refunded,
        72..77 => Step::Open(match dice.random_range(0..3) {
            0 => Opening::Page,
            1 => Opening::Charging,
            _ => Opening::Unanswered(1),
        }),
        77..79 => Step::Charge {
            attempt: dice.random_range(1..4),
            answered: dice.random_bool(0.5),
        },
        79..82 => Step::Wait {
            answered: unanswered(dice),
            again: dice.random_bool(0.7),
        },
        82..92 => Step::Record(report(dice)),
        92..96 => {
            let known = dice.random_bool(0.6).then_some(Intent::Ours);
            Step::Void {
                known,
                asking: known.is_some() && dice.random_bool(0.5),
            }
        }
        96..98 => Step::PayBack,
        98 => Step::Mark {
            both: dice.random_bool(0.5),
        },
        _ => Step::Note,
    }
}

fn unanswered(dice: &mut StdRng) -> Option<u8> {
    dice.random_bool(0.5).then(|| dice.random_range(1..4))
}

fn ending(dice: &mut StdRng) -> Ending {
    [Ending::Taken, Ending::Returned, Ending::Refunded][dice.random_range(0..3)]
}

fn report(dice: &mut StdRng) -> Report {
    Report {
        charge: match dice.random_range(0..5) {
            0..3 => Charge::Failed,
            3 => Charge::Captured(WRONG),
            _ => Charge::Captured(0),
        },
        number: dice.random_range(0..3),
        intent: match dice.random_range(0..8) {
            0 => Intent::Foreign,
            1 => Intent::Free,
            _ => Intent::Ours,
        },
        asked: dice.random_bool(0.4),
    }
}
