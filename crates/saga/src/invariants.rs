//! What must be true in every world that can be reached, and when everything has come to rest.

use contracts::{OrderStatus, Service};

use crate::{
    books::{Hold, Order, PaymentStatus},
    event::Event,
    provider::State,
    shop::Shop,
    world::World,
};

/// A name in plain words, and what it stands for.
pub type Invariant = (&'static str, fn(&Shop, &World) -> bool);

/// True at every moment.
pub const ALWAYS: [Invariant; 8] = [
    ("every unit is accounted for", units_balance),
    (
        "the coupon is never used more often than it may be",
        coupon_balances,
    ),
    ("a confirmed order is paid in full", confirmed_is_paid),
    ("no order is paid twice", paid_once),
    (
        "what is held for an order that ended is on its way back",
        holds_end,
    ),
    (
        "an order that waits for its payment has a timeout",
        timeout_runs,
    ),
    (
        "a payment that can still be paid is asked about, and no other",
        unpaid_is_asked_about,
    ),
    (
        "settled is settled, and orders take no forbidden way",
        unbroken,
    ),
];

/// True whenever everything has happened that happens by itself.
pub const AT_REST: [Invariant; 5] = [
    ("every order ends", orders_end),
    ("every hold ends as its order did", holds_ended),
    (
        "all money that was kept belongs to confirmed orders",
        money_ended,
    ),
    (
        "nothing can be charged for an order that ended",
        intents_ended,
    ),
    ("no entry is left over", nothing_left),
];

fn every(world: &World, fits: impl Fn(usize, &Order) -> bool) -> bool {
    world
        .books
        .orders
        .iter()
        .enumerate()
        .all(|(n, order)| fits(n, order))
}

fn at_rest(shop: &Shop, world: &World, fits: impl Fn(usize, &Order) -> bool) -> bool {
    !world.is_quiet(shop) || every(world, fits)
}

fn units_balance(shop: &Shop, world: &World) -> bool {
    world
        .books
        .shelves
        .iter()
        .enumerate()
        .all(|(product, shelf)| {
            let sum = |state| -> i64 {
                let orders = world.books.orders.iter().zip(&shop.wishes);
                orders
                    .filter(|(order, _)| order.reservation == Some(state))
                    .map(|(_, wish)| wish.units[product])
                    .sum()
            };
            shelf.received == shelf.available + shelf.reserved + shelf.sold
                && shelf.available >= 0
                && shelf.reserved == sum(Hold::Held)
                && shelf.sold == sum(Hold::Taken)
        })
}

fn coupon_balances(shop: &Shop, world: &World) -> bool {
    let count = |state| -> i64 {
        let orders = world.books.orders.iter();
        orders
            .map(|order| i64::from(order.coupon == Some(state)))
            .sum()
    };
    let (held, uses) = (count(Hold::Held), count(Hold::Taken));
    let counted = world
        .books
        .coupon
        .is_none_or(|coupon| (coupon.held, coupon.uses) == (held, uses));
    let mut taken = world.books.taken.iter();
    counted
        && held + uses <= shop.coupon.limit
        && world.books.taken.iter().sum::<i64>() == held + uses
        && taken.all(|taken| (0..=shop.coupon.per_customer).contains(taken))
}

fn confirmed_is_paid(shop: &Shop, world: &World) -> bool {
    every(world, |n, order| {
        let total = world.books.total(shop, n);
        order.status != Some(OrderStatus::Confirmed)
            || (order.payment.status == Some(PaymentStatus::Succeeded)
                && order.payment.captured == total
                && world.accounts[n].captured == total
                && world.accounts[n].refunded == 0)
    })
}

/// The whole price with its discount, if it was granted one: there is no order for more.
fn paid_once(shop: &Shop, world: &World) -> bool {
    every(world, |n, _| {
        let account = &world.accounts[n];
        account.captured <= world.books.total(shop, n) && account.refunded <= account.captured
    })
}

fn ends(event: &Event) -> bool {
    matches!(
        event,
        Event::OrderConfirmed | Event::OrderRejected | Event::OrderCancelled | Event::OrderRefunded
    )
}

fn holds_end(_: &Shop, world: &World) -> bool {
    every(world, |n, order| {
        let open = matches!(
            order.status,
            Some(OrderStatus::Placed | OrderStatus::AwaitingPayment)
        );
        let ended =
            |hold, service| hold != Some(Hold::Held) || open || world.waits(n, service, ends);
        ended(order.reservation, Service::Inventory) && ended(order.coupon, Service::Promotion)
    })
}

fn timeout_runs(_: &Shop, world: &World) -> bool {
    every(world, |n, order| {
        order.status != Some(OrderStatus::AwaitingPayment)
            || order.timeout
            || world.waits(n, Service::Order, |event| *event == Event::PaymentTimeout)
    })
}

fn unpaid_is_asked_about(_: &Shop, world: &World) -> bool {
    every(world, |n, order| match order.payment.status {
        Some(PaymentStatus::Open | PaymentStatus::Failed) => {
            order.payment.poll
                || world.accounts[n].state == State::Cancelled
                || world.waits(n, Service::Payment, |event| {
                    matches!(event, Event::PaymentPoll { .. })
                })
        }
        None | Some(PaymentStatus::Succeeded | PaymentStatus::Refunded) => !order.payment.poll,
        // One that is voided is asked about when its charge could not be.
        Some(PaymentStatus::Voided) => true,
    })
}

const fn unbroken(_: &Shop, world: &World) -> bool {
    world.broken.is_none()
}

fn orders_end(shop: &Shop, world: &World) -> bool {
    at_rest(shop, world, |_, order| {
        order.status.is_none_or(OrderStatus::is_resolved)
    })
}

fn holds_ended(shop: &Shop, world: &World) -> bool {
    at_rest(shop, world, |n, order| {
        let Some(status) = order.status else {
            return order.reservation.is_none() && order.coupon.is_none();
        };
        let wanted = match status {
            OrderStatus::Confirmed => Hold::Taken,
            OrderStatus::Rejected | OrderStatus::Cancelled | OrderStatus::Refunded => {
                Hold::Returned
            }
            OrderStatus::Placed | OrderStatus::AwaitingPayment | OrderStatus::Refunding => {
                Hold::Held
            }
        };
        let coupon = shop.wishes[n].coupon.then_some(wanted);
        order.reservation == Some(wanted) && order.coupon == coupon
    })
}

fn money_ended(shop: &Shop, world: &World) -> bool {
    at_rest(shop, world, |n, order| {
        let account = &world.accounts[n];
        let kept = match order.status {
            Some(OrderStatus::Confirmed) => world.books.total(shop, n),
            _ => 0,
        };
        let (known, payment) = (order.payment.captured, &order.payment);
        account.captured - account.refunded == kept && known - payment.refunded == kept
    })
}

fn intents_ended(shop: &Shop, world: &World) -> bool {
    at_rest(shop, world, |n, order| {
        order.status.is_none() || world.accounts[n].state != State::Open
    })
}

fn nothing_left(shop: &Shop, world: &World) -> bool {
    !world.is_quiet(shop) || world.pending.is_empty()
}
