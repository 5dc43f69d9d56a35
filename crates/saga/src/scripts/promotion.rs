//! `lua/promotion`.

use super::{Answer, Call, Reply, inventory::Ending};
use crate::{
    books::{Books, Coupon, Hold},
    event::Event,
    shop::Mutation,
};

/// `promotion/add_coupon`: adds the coupon.
pub fn add(books: &mut Books) -> Answer {
    if books.coupon.is_some() {
        return Answer::of(Reply::Exists);
    }
    books.coupon = Some(Coupon::default());
    Answer::of(Reply::Added)
}

/// `promotion/set_coupon_active`: switches the coupon on or off.
pub fn switch(books: &mut Books, active: bool) -> Answer {
    match &mut books.coupon {
        Some(coupon) if !coupon.removed => {
            coupon.active = active;
            Answer::of(Reply::Switched)
        }
        _ => Answer::of(Reply::Unknown),
    }
}

/// `promotion/remove_coupon`: removes the coupon; one that was used stays as the book of its uses.
pub fn remove(books: &mut Books) -> Answer {
    match &mut books.coupon {
        Some(coupon) if !coupon.removed => {
            coupon.removed = true;
            if coupon.held + coupon.uses == 0 {
                books.coupon = None;
            }
            Answer::of(Reply::Removed)
        }
        _ => Answer::of(Reply::Unknown),
    }
}

/// `promotion/hold_coupon`: holds the coupon for an order, or says that it cannot.
pub fn hold(books: &mut Books, call: Call<'_>) -> Answer {
    let (terms, customer) = (call.shop.coupon, call.shop.wishes[call.order].customer);
    let order = &mut books.orders[call.order];
    if call.is_stale() {
        return Answer::of(Reply::Stale);
    }
    if order.coupon.is_some() {
        return Answer::settling(Reply::Late);
    }
    let taken = &mut books.taken[customer];
    let free = |coupon: &Coupon| {
        let limits = coupon.held + coupon.uses < terms.limit && *taken < terms.per_customer;
        coupon.active && !coupon.removed && (limits || call.has(Mutation::HoldUnseen))
    };
    let Some(coupon) = books.coupon.as_mut().filter(|coupon| free(coupon)) else {
        return Answer::settling(Reply::Rejected).and(Event::CouponRejected);
    };
    coupon.held += 1;
    *taken += 1;
    order.coupon = Some(Hold::Held);
    let discount = call.shop.discount(call.order);
    Answer::settling(Reply::Held).and(Event::CouponHeld { discount })
}

/// `promotion/end_coupon_hold`: ends the hold of an order's coupon.
pub fn settle(books: &mut Books, call: Call<'_>, ending: Ending) -> Answer {
    let customer = call.shop.wishes[call.order].customer;
    let order = &mut books.orders[call.order];
    if call.is_stale() {
        return Answer::of(Reply::Stale);
    }
    let Some(state) = order.coupon else {
        order.coupon = Some(Hold::Returned);
        return Answer::settling(Reply::None);
    };
    if !ending.ends(state) {
        return Answer::settling(Reply::Late);
    }
    let mark = ending.mark();
    if let Some(coupon) = &mut books.coupon {
        match state {
            Hold::Taken => coupon.uses -= 1,
            Hold::Held | Hold::Returned => coupon.held -= 1,
        }
        coupon.uses += i64::from(mark == Hold::Taken);
    }
    books.taken[customer] -= i64::from(mark == Hold::Returned);
    order.coupon = Some(mark);
    Answer::settling(Reply::Ended)
}
