//! `lua/promotion`.

use super::{Call, Reply, ScriptResult, inventory::HoldEnd};
use crate::{
    event::Event,
    scenario::Mutation,
    state::{Coupon, Hold, ShopState},
};

/// `promotion/add_coupon`: adds the coupon.
pub fn add_coupon(state: &mut ShopState) -> ScriptResult {
    if state.coupon.is_some() {
        return ScriptResult::of(Reply::Exists);
    }
    state.coupon = Some(Coupon::default());
    ScriptResult::of(Reply::Added)
}

/// `promotion/set_coupon_active`: activates or deactivates the coupon.
pub fn set_coupon_active(state: &mut ShopState, active: bool) -> ScriptResult {
    match &mut state.coupon {
        Some(coupon) if !coupon.removed => {
            coupon.active = active;
            ScriptResult::of(Reply::Switched)
        }
        _ => ScriptResult::of(Reply::Unknown),
    }
}

/// `promotion/remove_coupon`: removes the coupon; a used one keeps its counters.
pub fn remove_coupon(state: &mut ShopState) -> ScriptResult {
    match &mut state.coupon {
        Some(coupon) if !coupon.removed => {
            coupon.removed = true;
            if coupon.held + coupon.uses == 0 {
                state.coupon = None;
            }
            ScriptResult::of(Reply::Removed)
        }
        _ => ScriptResult::of(Reply::Unknown),
    }
}

/// `promotion/hold_coupon`: holds the coupon for an order, or rejects it.
pub fn hold_coupon(state: &mut ShopState, call: Call<'_>) -> ScriptResult {
    let (terms, customer) = (
        call.scenario.coupon,
        call.scenario.orders[call.order].customer,
    );
    let order = &mut state.orders[call.order];
    if call.is_stale() {
        return ScriptResult::of(Reply::Stale);
    }
    if order.coupon.is_some() {
        return ScriptResult::settling(Reply::Late);
    }
    let uses = &mut state.coupon_uses[customer];
    let free = |coupon: &Coupon| {
        let limits =
            coupon.held + coupon.uses < terms.max_uses && *uses < terms.max_uses_per_customer;
        coupon.active && !coupon.removed && (limits || call.has(Mutation::HoldBeyondLimit))
    };
    let Some(coupon) = state.coupon.as_mut().filter(|coupon| free(coupon)) else {
        return ScriptResult::settling(Reply::Rejected).and(Event::CouponRejected);
    };
    coupon.held += 1;
    *uses += 1;
    order.coupon = Some(Hold::Held);
    let discount = call.scenario.discount(call.order);
    ScriptResult::settling(Reply::Held).and(Event::CouponHeld { discount })
}

/// `promotion/end_coupon_hold`: ends the hold of an order's coupon.
pub fn end_coupon_hold(state: &mut ShopState, call: Call<'_>, end: HoldEnd) -> ScriptResult {
    let customer = call.scenario.orders[call.order].customer;
    let order = &mut state.orders[call.order];
    if call.is_stale() {
        return ScriptResult::of(Reply::Stale);
    }
    let Some(hold) = order.coupon else {
        order.coupon = Some(Hold::Released);
        return ScriptResult::settling(Reply::None);
    };
    if !end.applies_to(hold) {
        return ScriptResult::settling(Reply::Late);
    }
    let result = end.result();
    if let Some(coupon) = &mut state.coupon {
        match hold {
            Hold::Used => coupon.uses -= 1,
            Hold::Held | Hold::Released => coupon.held -= 1,
        }
        coupon.uses += i64::from(result == Hold::Used);
    }
    state.coupon_uses[customer] -= i64::from(result == Hold::Released);
    order.coupon = Some(result);
    ScriptResult::settling(Reply::Ended)
}
