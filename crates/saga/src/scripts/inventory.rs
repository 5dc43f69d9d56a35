//! `lua/inventory`.

use super::{Answer, Call, Reply};
use crate::{
    books::{Books, Hold},
    event::Event,
    shop::Mutation,
};

/// How a reservation or the hold of a coupon ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The order is confirmed.
    Taken,
    /// The order ended unpaid.
    Returned,
    /// The order is paid back.
    Refunded,
}

impl Ending {
    /// What is noted of it.
    pub(super) const fn mark(self) -> Hold {
        match self {
            Self::Taken => Hold::Taken,
            Self::Returned | Self::Refunded => Hold::Returned,
        }
    }

    /// Whether it has anything to do on what stands like this.
    pub(super) fn ends(self, state: Hold) -> bool {
        state == Hold::Held || (state == Hold::Taken && self == Self::Refunded)
    }
}

/// `inventory/adjust_stock`: receives units of a product, or writes them off.
pub fn adjust(books: &mut Books, product: usize, delta: i64) -> Answer {
    let shelf = &mut books.shelves[product];
    if shelf.available + delta < 0 {
        return Answer::of(Reply::Short);
    }
    shelf.received += delta;
    shelf.available += delta;
    Answer::of(Reply::Adjusted).and(Event::InventoryUpdated)
}

/// `inventory/reserve_stock`: reserves all units of an order or none.
pub fn reserve(books: &mut Books, call: Call<'_>) -> Answer {
    let wanted = &call.shop.wishes[call.order].units;
    let order = &mut books.orders[call.order];
    if call.is_stale() {
        return Answer::of(Reply::Stale);
    }
    if order.reservation.is_some() {
        return Answer::settling(Reply::Late);
    }
    let mut both = wanted.iter().zip(&books.shelves);
    let short = both.any(|(units, shelf)| shelf.available < *units);
    if short && !call.has(Mutation::ReserveUnseen) {
        return Answer::settling(Reply::Rejected).and(Event::InventoryRejected);
    }
    for (units, shelf) in wanted.iter().zip(&mut books.shelves) {
        shelf.available -= units;
        shelf.reserved += units;
    }
    order.reservation = Some(Hold::Held);
    Answer::settling(Reply::Reserved).and(Event::InventoryReserved)
}

/// `inventory/end_reservation`: ends the reservation of an order.
pub fn settle(books: &mut Books, call: Call<'_>, ending: Ending) -> Answer {
    let wanted = &call.shop.wishes[call.order].units;
    let order = &mut books.orders[call.order];
    if call.is_stale() {
        return Answer::of(Reply::Stale);
    }
    let Some(state) = order.reservation else {
        if !call.has(Mutation::ForgetEarlyEnd) {
            order.reservation = Some(Hold::Returned);
        }
        return Answer::settling(Reply::None);
    };
    let forgotten = call.has(Mutation::ForgetSale) && ending == Ending::Taken;
    if forgotten || !ending.ends(state) {
        return Answer::settling(Reply::Late);
    }
    let times = 1 + i64::from(call.has(Mutation::ReturnTwice));
    for (units, shelf) in wanted.iter().zip(&mut books.shelves) {
        match state {
            Hold::Taken => shelf.sold -= units,
            Hold::Held | Hold::Returned => shelf.reserved -= units,
        }
        match ending.mark() {
            Hold::Taken => shelf.sold += units,
            Hold::Held | Hold::Returned => shelf.available += units * times,
        }
    }
    order.reservation = Some(ending.mark());
    Answer::settling(Reply::Ended).and(Event::InventoryUpdated)
}
