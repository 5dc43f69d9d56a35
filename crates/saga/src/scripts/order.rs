//! Scripts of `lua/order` that settle a delivery.

use contracts::{OrderStatus, event::CancelReason};

use super::{Call, Reply, ScriptResult};
use crate::{
    event::Event,
    scenario::Mutation,
    state::{Order, PayStatus, ShopState},
};

/// Answer of a service to the request of a hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldAnswer {
    /// All units are reserved.
    Reserved,
    /// Stock is short.
    Short,
    /// The coupon is held, with this discount in minor units.
    Coupon(i64),
    /// The coupon was refused.
    NoCoupon,
}

/// Runs a script on an order, after the checks that all of them begin with.
fn step(
    state: &mut ShopState,
    call: Call<'_>,
    script: impl FnOnce(&mut Order, OrderStatus) -> ScriptResult,
) -> ScriptResult {
    let order = &mut state.orders[call.order];
    match order.status {
        None => ScriptResult::of(Reply::Unknown),
        Some(_) if call.is_stale() => ScriptResult::of(Reply::Stale),
        Some(status) => script(order, status),
    }
}

/// `order/record_hold`: joins the holds.
pub fn record_hold(state: &mut ShopState, call: Call<'_>, answer: HoldAnswer) -> ScriptResult {
    let needs_coupon = call.scenario.orders[call.order].coupon;
    step(state, call, |order, status| {
        if status != OrderStatus::Placed {
            return ScriptResult::settling(Reply::Late);
        }
        let (held, discount) = match answer {
            HoldAnswer::Reserved => (&mut order.has_stock, 0),
            HoldAnswer::Coupon(discount) => (&mut order.has_coupon, discount),
            HoldAnswer::Short | HoldAnswer::NoCoupon => {
                order.status = Some(OrderStatus::Rejected);
                return ScriptResult::settling(Reply::Rejected).and(Event::OrderRejected);
            }
        };
        if *held {
            return ScriptResult::settling(Reply::Duplicate);
        }
        *held = true;
        order.discount += discount;
        let complete = order.has_stock && (order.has_coupon || !needs_coupon);
        if !complete && !call.has(Mutation::AwaitPaymentTooEarly) {
            return ScriptResult::settling(Reply::Waiting);
        }
        order.status = Some(OrderStatus::AwaitingPayment);
        order.timeout = !call.has(Mutation::ForgetTimeout);
        order.reminder = true;
        ScriptResult::settling(Reply::AwaitingPayment).and(Event::OrderAwaitingPayment)
    })
}

/// `order/record_payment_opened`: records the payment page.
pub fn record_payment_opened(state: &mut ShopState, call: Call<'_>) -> ScriptResult {
    step(state, call, |order, _| {
        order.paid.get_or_insert(PayStatus::Open);
        ScriptResult::settling(Reply::Noted)
    })
}

/// `order/record_payment`: records a captured payment.
pub fn record_payment(state: &mut ShopState, call: Call<'_>, amount: i64) -> ScriptResult {
    let total = state.total(call.scenario, call.order);
    step(state, call, |order, status| {
        if order.paid == Some(PayStatus::Succeeded) || order.paid.is_some_and(PayStatus::is_refund)
        {
            return ScriptResult::settling(Reply::Duplicate);
        }
        let in_time = status == OrderStatus::AwaitingPayment || call.has(Mutation::ConfirmAfterEnd);
        if in_time && (amount == total || call.has(Mutation::ConfirmAnyAmount)) {
            order.status = Some(OrderStatus::Confirmed);
            order.paid = Some(PayStatus::Succeeded);
            order.timeout = false;
            order.reminder = false;
            return ScriptResult::settling(Reply::Confirmed).and(Event::OrderConfirmed);
        }
        order.paid = Some(PayStatus::Refunding);
        if status == OrderStatus::AwaitingPayment {
            order.status = Some(OrderStatus::Cancelled);
            order.cancel_reason = Some(CancelReason::AmountMismatch);
            order.timeout = false;
            order.reminder = false;
            let mismatch = ScriptResult::settling(Reply::Mismatch).and(Event::OrderRefundRequested);
            return mismatch.and(Event::OrderCancelled);
        }
        let refund = ScriptResult::settling(Reply::Refund);
        if call.has(Mutation::ForgetLateRefund) {
            refund
        } else {
            refund.and(Event::OrderRefundRequested)
        }
    })
}

/// `order/record_declined_charge`: records a failed charge.
pub fn record_declined_charge(state: &mut ShopState, call: Call<'_>) -> ScriptResult {
    step(state, call, |order, status| {
        if status != OrderStatus::AwaitingPayment {
            return ScriptResult::settling(Reply::Late);
        }
        order.paid = Some(PayStatus::Failed);
        ScriptResult::settling(Reply::Recorded).and(Event::OrderPaymentFailed)
    })
}

/// `order/remind_payment_due`: emits the reminder, unless the payment timeout has passed (`overdue`).
pub fn remind_payment_due(state: &mut ShopState, call: Call<'_>, overdue: bool) -> ScriptResult {
    step(state, call, |order, status| {
        // An order that never awaited payment has no deadline: it counts as overdue.
        let waits = status == OrderStatus::AwaitingPayment && !overdue;
        if !waits || order.paid.is_some_and(PayStatus::is_refund) {
            return ScriptResult::settling(Reply::Late);
        }
        ScriptResult::settling(Reply::Reminded).and(Event::OrderPaymentDue)
    })
}

/// `order/expire_order`: cancels an order at its payment timeout.
pub fn expire_order(state: &mut ShopState, call: Call<'_>) -> ScriptResult {
    step(state, call, |order, status| {
        let paid = status == OrderStatus::Confirmed && call.has(Mutation::ExpirePaid);
        if status != OrderStatus::AwaitingPayment && !paid {
            return ScriptResult::settling(Reply::Late);
        }
        order.status = Some(OrderStatus::Cancelled);
        order.cancel_reason = Some(CancelReason::PaymentTimeout);
        ScriptResult::settling(Reply::Cancelled).and(Event::OrderCancelled)
    })
}

/// `order/record_refund`: records the refund of the payment.
pub fn record_refund(state: &mut ShopState, call: Call<'_>, amount: i64) -> ScriptResult {
    step(state, call, |order, status| {
        let before = order.paid.replace(PayStatus::Refunded);
        if status != OrderStatus::Refunding {
            let noted = ScriptResult::settling(Reply::Noted);
            let unpaid = matches!(status, OrderStatus::Cancelled | OrderStatus::Rejected);
            return if amount != 0 && unpaid && before != Some(PayStatus::Refunded) {
                noted.and(Event::OrderPaymentReturned)
            } else {
                noted
            };
        }
        order.status = Some(OrderStatus::Refunded);
        ScriptResult::settling(Reply::Refunded).and(Event::OrderRefunded)
    })
}
