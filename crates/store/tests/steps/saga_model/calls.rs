//! Calls of scripts, and the random plan of calls of a seed.

use contracts::event::CancelReason;
use rand::{Rng, SeedableRng, rngs::StdRng};
use saga::{
    Scenario,
    event::{Charge, Intent},
    scenario::{CouponTerms, Faults, OrderSpec, UserActions},
    scripts::{
        inventory::HoldEnd,
        order::HoldAnswer,
        payment::{Opening, Report},
    },
};

const ORDERS: usize = 16;
const CALLS: usize = 900;
/// Amount in minor units that no order costs.
pub(super) const WRONG: i64 = 7;

/// A call of a script.
#[derive(Clone, Copy, Debug)]
pub(super) enum Call {
    AdjustStock {
        product: usize,
        delta: i64,
    },
    AddCoupon,
    SetCouponActive {
        active: bool,
    },
    RemoveCoupon,
    PlaceOrder {
        order: usize,
    },
    CancelOrder {
        order: usize,
        reason: CancelReason,
    },
    RequestPayment {
        order: usize,
    },
    RequestRefund {
        order: usize,
    },
    Step {
        order: usize,
        step: Step,
    },
    /// Redelivery of an earlier delivery.
    Redeliver {
        which: usize,
    },
}

/// A call of a script that settles a delivery.
#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    Reserve,
    EndReservation(HoldEnd),
    HoldCoupon,
    EndCouponHold(HoldEnd),
    RecordHold(HoldAnswer),
    RecordPaymentOpened,
    /// Whether the amount is the order's total.
    RecordPayment {
        in_full: bool,
    },
    RecordDeclinedCharge,
    RemindPaymentDue,
    ExpireOrder,
    RecordRefund,
    OpenPayment(Opening),
    /// Begins the charge of this number, `answered` or not.
    BeginCharge {
        attempt: u8,
        answered: bool,
    },
    /// Schedules the next poll, unless it was the last (`again`).
    SchedulePoll {
        answered: Option<u8>,
        again: bool,
    },
    /// A captured amount is the order's total, unless it is `WRONG`.
    RecordCharge(Report),
    VoidPayment {
        known: Option<Intent>,
        poll: bool,
    },
    RecordProviderRefund,
    /// Marks one channel or both.
    MarkSent {
        both: bool,
    },
    /// Marks one channel; settles nothing.
    MarkChannelSent,
}

/// Replies that every call must give at least once.
pub(super) const REPLIES: [(&str, &str); 27] = [
    ("AdjustStock", "Adjusted Short"),
    ("AddCoupon", "Added Exists"),
    ("SetCouponActive", "Switched Unknown"),
    ("RemoveCoupon", "Removed Unknown"),
    ("PlaceOrder", "New Replay"),
    ("CancelOrder", "Cancelled Replay NotCancellable Unknown"),
    ("RequestPayment", "Requested NotPayable Unknown"),
    ("RequestRefund", "Requested Replay NotRefundable Unknown"),
    ("Reserve", "Reserved Rejected Late Stale"),
    ("EndReservation", "Ended None Late Stale"),
    ("HoldCoupon", "Held Rejected Late Stale"),
    ("EndCouponHold", "Ended None Late Stale"),
    (
        "RecordHold",
        "Waiting AwaitingPayment Rejected Duplicate Late Stale Unknown",
    ),
    ("RecordPaymentOpened", "Noted Stale Unknown"),
    (
        "RecordPayment",
        "Confirmed Refund Mismatch Duplicate Stale Unknown",
    ),
    ("RecordDeclinedCharge", "Recorded Late Stale Unknown"),
    ("RemindPaymentDue", "Reminded Late Stale Unknown"),
    ("ExpireOrder", "Cancelled Late Stale Unknown"),
    ("RecordRefund", "Refunded Noted Stale Unknown"),
    ("OpenPayment", "Recorded Late Ended Stale"),
    ("BeginCharge", "Recorded Late Stale"),
    ("SchedulePoll", "Recorded Late Stale"),
    ("RecordCharge", "Recorded Duplicate Late Doubtful Stale"),
    ("VoidPayment", "Recorded Late Appeared Stale"),
    ("RecordProviderRefund", "Recorded Late Stale"),
    ("MarkSent", "Notified"),
    ("MarkChannelSent", "Notified"),
];

/// A scenario and its calls.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub(super) scenario: Scenario,
    pub(super) calls: Vec<Call>,
}

impl Plan {
    pub(super) fn new(seed: u64) -> Self {
        let mut rng = StdRng::seed_from_u64(seed);
        let orders = (0..ORDERS).map(|_| spec(&mut rng)).collect();
        let scenario = Scenario {
            stock: vec![6, 6],
            coupon: CouponTerms {
                discount: rng.random_range(1..4) * 700,
                max_uses: rng.random_range(1..4),
                max_uses_per_customer: rng.random_range(1..4),
            },
            orders,
            faults: Faults::default(),
            user_actions: UserActions::default(),
            mutation: None,
        };
        // At any time the calls concern a few orders; older ones are left behind.
        let calls = (0..CALLS)
            .map(|n| {
                let oldest = n * (ORDERS - 2) / CALLS;
                let order = rng.random_range(oldest..oldest + 3);
                call(&mut rng, order)
            })
            .collect();
        Self { scenario, calls }
    }
}

fn spec(rng: &mut StdRng) -> OrderSpec {
    let first = rng.random_range(0..3);
    OrderSpec {
        customer: rng.random_range(0..2),
        units: vec![first, rng.random_range(i64::from(first == 0)..3)],
        coupon: rng.random_bool(0.5),
        card: None,
        retry: None,
    }
}

fn call(rng: &mut StdRng, order: usize) -> Call {
    match rng.random_range(0..100) {
        0..5 => Call::AdjustStock {
            product: rng.random_range(0..2),
            delta: rng.random_range(-4..=5),
        },
        5 => Call::AddCoupon,
        6..9 => Call::SetCouponActive {
            active: rng.random_bool(0.8),
        },
        9 => Call::RemoveCoupon,
        10..22 => Call::PlaceOrder { order },
        22..24 => Call::CancelOrder {
            order,
            reason: [CancelReason::ByCustomer, CancelReason::ByAdmin][rng.random_range(0..2)],
        },
        24..28 => Call::RequestPayment { order },
        28..32 => Call::RequestRefund { order },
        32..42 => Call::Redeliver {
            which: rng.random_range(0..1000),
        },
        _ => Call::Step {
            order,
            step: step(rng),
        },
    }
}

fn step(rng: &mut StdRng) -> Step {
    match rng.random_range(0..100) {
        0..8 => Step::Reserve,
        8..14 => Step::EndReservation(hold_end(rng)),
        14..22 => Step::HoldCoupon,
        22..28 => Step::EndCouponHold(hold_end(rng)),
        28..46 => Step::RecordHold(match rng.random_range(0..20) {
            0 => HoldAnswer::Short,
            1 => HoldAnswer::NoCoupon,
            2..11 => HoldAnswer::Reserved,
            _ => HoldAnswer::Coupon(rng.random_range(0..3) * 300),
        }),
        46..49 => Step::RecordPaymentOpened,
        49..57 => Step::RecordPayment {
            in_full: rng.random_bool(0.85),
        },
        57..61 => Step::RecordDeclinedCharge,
        61..64 => Step::RemindPaymentDue,
        64..67 => Step::ExpireOrder,
        67..72 => Step::RecordRefund,
        72..77 => Step::OpenPayment(match rng.random_range(0..3) {
            0 => Opening::Page,
            1 => Opening::Charging,
            _ => Opening::Unanswered(1),
        }),
        77..79 => Step::BeginCharge {
            attempt: rng.random_range(1..4),
            answered: rng.random_bool(0.5),
        },
        79..82 => Step::SchedulePoll {
            answered: unanswered(rng),
            again: rng.random_bool(0.7),
        },
        82..92 => Step::RecordCharge(report(rng)),
        92..96 => {
            let known = rng.random_bool(0.6).then_some(Intent::Ours);
            Step::VoidPayment {
                known,
                poll: known.is_some() && rng.random_bool(0.5),
            }
        }
        96..98 => Step::RecordProviderRefund,
        98 => Step::MarkSent {
            both: rng.random_bool(0.5),
        },
        _ => Step::MarkChannelSent,
    }
}

fn unanswered(rng: &mut StdRng) -> Option<u8> {
    rng.random_bool(0.5).then(|| rng.random_range(1..4))
}

fn hold_end(rng: &mut StdRng) -> HoldEnd {
    [HoldEnd::Used, HoldEnd::Released, HoldEnd::Refunded][rng.random_range(0..3)]
}

fn report(rng: &mut StdRng) -> Report {
    Report {
        charge: match rng.random_range(0..5) {
            0..3 => Charge::Failed,
            3 => Charge::Captured(WRONG),
            _ => Charge::Captured(0),
        },
        number: rng.random_range(0..3),
        intent: match rng.random_range(0..8) {
            0 => Intent::Foreign,
            1 => Intent::Free,
            _ => Intent::Ours,
        },
        verified: rng.random_bool(0.4),
    }
}
