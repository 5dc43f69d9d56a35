//! The steps on the model.

use contracts::Service;
use saga::{
    Books,
    event::Charge,
    scripts::{
        Answer, Call, inventory, notification, order, order::Verdict, payment, payment::Report,
        promotion,
    },
};

use super::calls::{Step, WRONG};

impl Step {
    /// The stream that its delivery comes from, and who gets it.
    pub(super) const fn comes_from(self) -> (&'static str, Service) {
        match self {
            Self::Reserve | Self::SettleUnits(_) => ("orders", Service::Inventory),
            Self::HoldCoupon | Self::SettleCoupon(_) => ("orders", Service::Promotion),
            Self::Hold(Verdict::Stock | Verdict::NoStock) => ("inventory", Service::Order),
            Self::Hold(Verdict::Coupon(_) | Verdict::NoCoupon) => ("promotions", Service::Order),
            Self::Opened | Self::Paid { .. } | Self::Declined | Self::Refunded => {
                ("payments", Service::Order)
            }
            Self::Remind | Self::Expire => ("order:inbox", Service::Order),
            Self::Open(_) | Self::Charge { .. } | Self::Void { .. } | Self::PayBack => {
                ("orders", Service::Payment)
            }
            Self::Record(_) | Self::Wait { .. } => ("payment:inbox", Service::Payment),
            Self::Mark { .. } | Self::Note => ("orders", Service::Notification),
        }
    }

    pub(super) fn is_of_the_order_service(self) -> bool {
        self.comes_from().1 == Service::Order
    }
}

/// The amount that a report is about: the order's total, unless it is a wrong one.
pub(super) const fn with_amount(report: Report, total: i64) -> Report {
    let charge = match report.charge {
        Charge::Captured(WRONG) | Charge::Failed => report.charge,
        Charge::Captured(_) => Charge::Captured(total),
    };
    Report { charge, ..report }
}

/// What the model makes of a step of an order that costs `total`.
pub(super) fn step(books: &mut Books, call: Call<'_>, step: Step, total: i64) -> Answer {
    match step {
        Step::Reserve => inventory::reserve(books, call),
        Step::SettleUnits(ending) => inventory::settle(books, call, ending),
        Step::HoldCoupon => promotion::hold(books, call),
        Step::SettleCoupon(ending) => promotion::settle(books, call, ending),
        Step::Hold(verdict) => order::hold(books, call, verdict),
        Step::Opened => order::opened(books, call),
        Step::Paid { in_full } => order::paid(books, call, if in_full { total } else { WRONG }),
        Step::Declined => order::declined(books, call),
        Step::Remind => order::remind(books, call, false),
        Step::Expire => order::expire(books, call),
        Step::Refunded => order::refunded(books, call, total),
        Step::Open(opening) => payment::open(books, call, total, opening),
        Step::Charge { attempt, answered } => payment::charge(books, call, attempt, answered),
        Step::Wait { answered, again } => payment::wait(books, call, answered, again),
        Step::Record(report) => payment::record(books, call, with_amount(report, total)),
        Step::Void { known, asking } => payment::void(books, call, known, asking),
        Step::PayBack => payment::refund(books, call, total),
        Step::Mark { both } => notification::mark(books, call, if both { &[0, 1] } else { &[1] }),
        Step::Note => notification::note(books, call.order, 0),
    }
}
