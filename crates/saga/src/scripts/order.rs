//! The steps of `lua/order`: what the answers of the other services do.

use contracts::OrderStatus;

use super::{Answer, Call, Reply};
use crate::{
    books::{Books, Paid, Why},
    event::Event,
    shop::Mutation,
};

/// A service's answer to an order that needs its hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The inventory holds all units.
    Stock,
    /// The inventory holds none.
    NoStock,
    /// The coupon is held, and takes this many minor units off.
    Coupon(i64),
    /// The coupon may not be used.
    NoCoupon,
}

/// `order/record_hold`: the join of the holds.
pub fn hold(books: &mut Books, call: Call<'_>, verdict: Verdict) -> Answer {
    let needs_coupon = call.shop.wishes[call.order].coupon;
    let order = &mut books.orders[call.order];
    let Some(status) = order.status else {
        return Answer::of(Reply::Unknown);
    };
    if call.is_stale() {
        return Answer::of(Reply::Stale);
    }
    if status != OrderStatus::Placed {
        return Answer::settling(Reply::Late);
    }
    let (held, discount) = match verdict {
        Verdict::Stock => (&mut order.has_stock, 0),
        Verdict::Coupon(discount) => (&mut order.has_coupon, discount),
        Verdict::NoStock | Verdict::NoCoupon => {
            order.status = Some(OrderStatus::Rejected);
            return Answer::settling(Reply::Rejected).and(Event::OrderRejected);
        }
    };
    if *held {
        return Answer::settling(Reply::Duplicate);
    }
    *held = true;
    order.discount += discount;
    let complete = order.has_stock && (order.has_coupon || !needs_coupon);
    if !complete && !call.has(Mutation::AwaitTooEarly) {
        return Answer::settling(Reply::Waiting);
    }
    order.status = Some(OrderStatus::AwaitingPayment);
    order.timeout = !call.has(Mutation::ForgetTimeout);
    order.reminder = true;
    Answer::settling(Reply::AwaitingPayment).and(Event::OrderAwaitingPayment)
}

/// `order/record_payment_opened`: notes where the customer can pay.
pub fn opened(books: &mut Books, call: Call<'_>) -> Answer {
    let order = &mut books.orders[call.order];
    if order.status.is_none() {
        return Answer::of(Reply::Unknown);
    }
    if call.is_stale() {
        return Answer::of(Reply::Stale);
    }
    order.paid.get_or_insert(Paid::Open);
    Answer::settling(Reply::Noted)
}

/// `order/record_payment`: money was captured for the order.
pub fn paid(books: &mut Books, call: Call<'_>, amount: i64) -> Answer {
    let total = books.total(call.shop, call.order);
    let order = &mut books.orders[call.order];
    let Some(status) = order.status else {
        return Answer::of(Reply::Unknown);
    };
    if call.is_stale() {
        return Answer::of(Reply::Stale);
    }
    if order.paid == Some(Paid::Succeeded) || order.paid.is_some_and(Paid::goes_back) {
        return Answer::settling(Reply::Duplicate);
    }
    let in_time = status == OrderStatus::AwaitingPayment || call.has(Mutation::ConfirmAfterEnd);
    if in_time && (amount == total || call.has(Mutation::ConfirmAnyAmount)) {
        order.status = Some(OrderStatus::Confirmed);
        order.paid = Some(Paid::Succeeded);
        order.timeout = false;
        order.reminder = false;
        return Answer::settling(Reply::Confirmed).and(Event::OrderConfirmed);
    }
    order.paid = Some(Paid::Refunding);
    if status == OrderStatus::AwaitingPayment {
        order.status = Some(OrderStatus::Cancelled);
        order.why = Some(Why::AmountMismatch);
        order.timeout = false;
        order.reminder = false;
        let mismatch = Answer::settling(Reply::Mismatch).and(Event::OrderRefundRequested);
        return mismatch.and(Event::OrderCancelled);
    }
    let refund = Answer::settling(Reply::Refund);
    if call.has(Mutation::ForgetLateRefund) {
        refund
    } else {
        refund.and(Event::OrderRefundRequested)
    }
}

/// `order/record_declined_charge`: a charge failed.
pub fn declined(books: &mut Books, call: Call<'_>) -> Answer {
    let order = &mut books.orders[call.order];
    let Some(status) = order.status else {
        return Answer::of(Reply::Unknown);
    };
    if call.is_stale() {
        return Answer::of(Reply::Stale);
    }
    if status != OrderStatus::AwaitingPayment {
        return Answer::settling(Reply::Late);
    }
    order.paid = Some(Paid::Failed);
    Answer::settling(Reply::Recorded).and(Event::OrderPaymentFailed)
}

/// `order/remind_payment_due`: most of the time to pay has passed. `over`: all of it has.
pub fn remind(books: &Books, call: Call<'_>, over: bool) -> Answer {
    let order = &books.orders[call.order];
    let Some(status) = order.status else {
        return Answer::of(Reply::Unknown);
    };
    if call.is_stale() {
        return Answer::of(Reply::Stale);
    }
    // An order that never was to be paid has no time to pay: it is over.
    let waits = status == OrderStatus::AwaitingPayment && !over;
    if !waits || order.paid.is_some_and(Paid::goes_back) {
        return Answer::settling(Reply::Late);
    }
    Answer::settling(Reply::Reminded).and(Event::OrderPaymentDue)
}

/// `order/expire_order`: the time to pay is over.
pub fn expire(books: &mut Books, call: Call<'_>) -> Answer {
    let order = &mut books.orders[call.order];
    let Some(status) = order.status else {
        return Answer::of(Reply::Unknown);
    };
    if call.is_stale() {
        return Answer::of(Reply::Stale);
    }
    let paid = status == OrderStatus::Confirmed && call.has(Mutation::ExpirePaid);
    if status != OrderStatus::AwaitingPayment && !paid {
        return Answer::settling(Reply::Late);
    }
    order.status = Some(OrderStatus::Cancelled);
    order.why = Some(Why::PaymentTimeout);
    Answer::settling(Reply::Cancelled).and(Event::OrderCancelled)
}

/// `order/record_refund`: the order's money went back.
pub fn refunded(books: &mut Books, call: Call<'_>, amount: i64) -> Answer {
    let order = &mut books.orders[call.order];
    let Some(status) = order.status else {
        return Answer::of(Reply::Unknown);
    };
    if call.is_stale() {
        return Answer::of(Reply::Stale);
    }
    let before = order.paid.replace(Paid::Refunded);
    if status != OrderStatus::Refunding {
        let noted = Answer::settling(Reply::Noted);
        let unpaid = matches!(status, OrderStatus::Cancelled | OrderStatus::Rejected);
        return if amount != 0 && unpaid && before != Some(Paid::Refunded) {
            noted.and(Event::OrderPaymentReturned)
        } else {
            noted
        };
    }
    order.status = Some(OrderStatus::Refunded);
    Answer::settling(Reply::Refunded).and(Event::OrderRefunded)
}
