//! `lua/inventory`.

use super::{Call, Reply, ScriptResult};
use crate::{
    event::Event,
    scenario::Mutation,
    state::{Hold, ShopState},
};

/// End of a reservation or of a coupon's hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoldEnd {
    /// The order is confirmed.
    Used,
    /// The order ended unpaid.
    Released,
    /// The order was refunded.
    Refunded,
}

impl HoldEnd {
    /// Returns the resulting state of the hold.
    pub(super) const fn result(self) -> Hold {
        match self {
            Self::Used => Hold::Used,
            Self::Released | Self::Refunded => Hold::Released,
        }
    }

    /// Returns whether this end changes a hold in this state.
    pub(super) fn applies_to(self, hold: Hold) -> bool {
        hold == Hold::Held || (hold == Hold::Used && self == Self::Refunded)
    }
}

/// `inventory/adjust_stock`: receives units of a product, or writes them off.
pub fn adjust_stock(state: &mut ShopState, product: usize, delta: i64) -> ScriptResult {
    let stock = &mut state.stock[product];
    if stock.available + delta < 0 {
        return ScriptResult::of(Reply::Short);
    }
    stock.received += delta;
    stock.available += delta;
    ScriptResult::of(Reply::Adjusted).and(Event::InventoryUpdated)
}

/// `inventory/reserve_stock`: reserves all units of an order or none.
pub fn reserve_stock(state: &mut ShopState, call: Call<'_>) -> ScriptResult {
    let wanted = &call.scenario.orders[call.order].units;
    let order = &mut state.orders[call.order];
    if call.is_stale() {
        return ScriptResult::of(Reply::Stale);
    }
    if order.reservation.is_some() {
        return ScriptResult::settling(Reply::Late);
    }
    let mut both = wanted.iter().zip(&state.stock);
    let short = both.any(|(units, stock)| stock.available < *units);
    if short && !call.has(Mutation::ReserveWithoutStock) {
        return ScriptResult::settling(Reply::Rejected).and(Event::InventoryRejected);
    }
    for (units, stock) in wanted.iter().zip(&mut state.stock) {
        stock.available -= units;
        stock.reserved += units;
    }
    order.reservation = Some(Hold::Held);
    ScriptResult::settling(Reply::Reserved).and(Event::InventoryReserved)
}

/// `inventory/end_reservation`: ends the reservation of an order.
pub fn end_reservation(state: &mut ShopState, call: Call<'_>, end: HoldEnd) -> ScriptResult {
    let wanted = &call.scenario.orders[call.order].units;
    let order = &mut state.orders[call.order];
    if call.is_stale() {
        return ScriptResult::of(Reply::Stale);
    }
    let Some(hold) = order.reservation else {
        if !call.has(Mutation::ForgetEarlyEnd) {
            order.reservation = Some(Hold::Released);
        }
        return ScriptResult::settling(Reply::None);
    };
    let forgotten = call.has(Mutation::ForgetSale) && end == HoldEnd::Used;
    if forgotten || !end.applies_to(hold) {
        return ScriptResult::settling(Reply::Late);
    }
    let times = 1 + i64::from(call.has(Mutation::ReleaseTwice));
    for (units, stock) in wanted.iter().zip(&mut state.stock) {
        match hold {
            Hold::Used => stock.sold -= units,
            Hold::Held | Hold::Released => stock.reserved -= units,
        }
        match end.result() {
            Hold::Used => stock.sold += units,
            Hold::Held | Hold::Released => stock.available += units * times,
        }
    }
    order.reservation = Some(end.result());
    ScriptResult::settling(Reply::Ended).and(Event::InventoryUpdated)
}
