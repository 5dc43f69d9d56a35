//! Steps on the model.

use contracts::Service;
use saga::{
    ShopState,
    event::Charge,
    scripts::{
        Call, ScriptResult, inventory, notification, order, order::HoldAnswer, payment,
        payment::Report, promotion,
    },
};

use super::calls::{Step, WRONG};

impl Step {
    /// Returns the stream of its delivery, and the service that reads it.
    pub(super) const fn source(self) -> (&'static str, Service) {
        match self {
            Self::Reserve | Self::EndReservation(_) => ("orders", Service::Inventory),
            Self::HoldCoupon | Self::EndCouponHold(_) => ("orders", Service::Promotion),
            Self::RecordHold(HoldAnswer::Reserved) => ("inventory:reserved", Service::Order),
            Self::RecordHold(HoldAnswer::Short) => ("inventory:rejected", Service::Order),
            Self::RecordHold(HoldAnswer::Coupon(_)) => ("promotions:held", Service::Order),
            Self::RecordHold(HoldAnswer::NoCoupon) => ("promotions:rejected", Service::Order),
            Self::RecordPaymentOpened => ("payments:opened", Service::Order),
            Self::RecordPayment { .. } | Self::RecordDeclinedCharge => {
                ("payments:processed", Service::Order)
            }
            Self::RecordRefund => ("payments:refunded", Service::Order),
            Self::RemindPaymentDue | Self::ExpireOrder => ("order:inbox", Service::Order),
            Self::OpenPayment(_)
            | Self::BeginCharge { .. }
            | Self::VoidPayment { .. }
            | Self::RecordProviderRefund => ("orders", Service::Payment),
            Self::RecordCharge(_) | Self::SchedulePoll { .. } => {
                ("payment:inbox", Service::Payment)
            }
            Self::MarkSent { .. } | Self::MarkChannelSent => ("orders", Service::Notification),
        }
    }

    pub(super) fn is_order_step(self) -> bool {
        self.source().1 == Service::Order
    }
}

/// Replaces the amount of a captured report by the order's total, unless it is a wrong one.
pub(super) const fn with_amount(report: Report, total: i64) -> Report {
    let charge = match report.charge {
        Charge::Captured(WRONG) | Charge::Failed => report.charge,
        Charge::Captured(_) => Charge::Captured(total),
    };
    Report { charge, ..report }
}

/// Runs a step on the model; `total` is the order's total.
pub(super) fn step(state: &mut ShopState, call: Call<'_>, step: Step, total: i64) -> ScriptResult {
    match step {
        Step::Reserve => inventory::reserve_stock(state, call),
        Step::EndReservation(end) => inventory::end_reservation(state, call, end),
        Step::HoldCoupon => promotion::hold_coupon(state, call),
        Step::EndCouponHold(end) => promotion::end_coupon_hold(state, call, end),
        Step::RecordHold(answer) => order::record_hold(state, call, answer),
        Step::RecordPaymentOpened => order::record_payment_opened(state, call),
        Step::RecordPayment { in_full } => {
            order::record_payment(state, call, if in_full { total } else { WRONG })
        }
        Step::RecordDeclinedCharge => order::record_declined_charge(state, call),
        Step::RemindPaymentDue => order::remind_payment_due(state, call, false),
        Step::ExpireOrder => order::expire_order(state, call),
        Step::RecordRefund => order::record_refund(state, call, total),
        Step::OpenPayment(opening) => payment::open_payment(state, call, total, opening),
        Step::BeginCharge { attempt, answered } => {
            payment::begin_charge(state, call, attempt, answered)
        }
        Step::SchedulePoll { answered, again } => {
            payment::schedule_poll(state, call, answered, again)
        }
        Step::RecordCharge(report) => {
            payment::record_charge(state, call, with_amount(report, total))
        }
        Step::VoidPayment { known, poll } => payment::void_payment(state, call, known, poll),
        Step::RecordProviderRefund => payment::record_provider_refund(state, call, total),
        Step::MarkSent { both } => {
            notification::mark_sent(state, call, if both { &[0, 1] } else { &[1] })
        }
        Step::MarkChannelSent => notification::mark_channel_sent(state, call.order, 0),
    }
}
