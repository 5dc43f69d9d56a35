//! Invariants of every reachable state, and of every quiescent one.

use contracts::{OrderStatus, Service};

use crate::{
    event::Event,
    provider::IntentState,
    quiescence::is_quiescent,
    scenario::Scenario,
    state::{Hold, Order, PaymentStatus},
    world::World,
};

/// Name and predicate of an invariant.
pub type Invariant = (&'static str, fn(&Scenario, &World) -> bool);

/// Invariants of every state.
pub const ALWAYS: [Invariant; 8] = [
    ("every unit is accounted for", units_balance),
    (
        "the coupon is never used beyond its limits",
        coupon_balances,
    ),
    ("a confirmed order is paid in full", confirmed_is_paid),
    ("no order is paid twice", paid_once),
    (
        "the holds of an order that ended are being released",
        holds_end,
    ),
    ("an order that awaits payment has a timeout", timeout_runs),
    (
        "a payment that can still be paid is polled, and no other",
        unpaid_is_polled,
    ),
    (
        "settled deliveries change nothing, and orders make allowed transitions only",
        unbroken,
    ),
];

/// Invariants of quiescent states.
pub const QUIESCENT: [Invariant; 5] = [
    ("every order ends", orders_end),
    ("every hold ends as its order did", holds_ended),
    (
        "all captured money belongs to confirmed orders or was refunded",
        money_ended,
    ),
    (
        "nothing can be charged for an order that ended",
        intents_ended,
    ),
    ("no entry is pending", nothing_left),
];

fn every(world: &World, fits: impl Fn(usize, &Order) -> bool) -> bool {
    world
        .state
        .orders
        .iter()
        .enumerate()
        .all(|(n, order)| fits(n, order))
}

fn when_quiescent(
    scenario: &Scenario,
    world: &World,
    fits: impl Fn(usize, &Order) -> bool,
) -> bool {
    !is_quiescent(world, scenario) || every(world, fits)
}

fn units_balance(scenario: &Scenario, world: &World) -> bool {
    world
        .state
        .stock
        .iter()
        .enumerate()
        .all(|(product, stock)| {
            let sum = |hold| -> i64 {
                let orders = world.state.orders.iter().zip(&scenario.orders);
                orders
                    .filter(|(order, _)| order.reservation == Some(hold))
                    .map(|(_, spec)| spec.units[product])
                    .sum()
            };
            stock.received == stock.available + stock.reserved + stock.sold
                && stock.available >= 0
                && stock.reserved == sum(Hold::Held)
                && stock.sold == sum(Hold::Used)
        })
}

fn coupon_balances(scenario: &Scenario, world: &World) -> bool {
    let count = |hold| -> i64 {
        let orders = world.state.orders.iter();
        orders
            .map(|order| i64::from(order.coupon == Some(hold)))
            .sum()
    };
    let (held, uses) = (count(Hold::Held), count(Hold::Used));
    let counted = world
        .state
        .coupon
        .is_none_or(|coupon| (coupon.held, coupon.uses) == (held, uses));
    let mut uses_by_customer = world.state.coupon_uses.iter();
    counted
        && held + uses <= scenario.coupon.max_uses
        && world.state.coupon_uses.iter().sum::<i64>() == held + uses
        && uses_by_customer.all(|uses| (0..=scenario.coupon.max_uses_per_customer).contains(uses))
}

fn confirmed_is_paid(scenario: &Scenario, world: &World) -> bool {
    every(world, |n, order| {
        let total = world.state.total(scenario, n);
        order.status != Some(OrderStatus::Confirmed)
            || (order.payment.status == Some(PaymentStatus::Succeeded)
                && order.payment.captured == total
                && world.provider[n].captured == total
                && world.provider[n].refunded == 0)
    })
}

/// At most the total was captured, because every order has one payment.
fn paid_once(scenario: &Scenario, world: &World) -> bool {
    every(world, |n, _| {
        let intent = &world.provider[n];
        intent.captured <= world.state.total(scenario, n) && intent.refunded <= intent.captured
    })
}

fn ends(event: &Event) -> bool {
    matches!(
        event,
        Event::OrderConfirmed | Event::OrderRejected | Event::OrderCancelled | Event::OrderRefunded
    )
}

fn holds_end(_: &Scenario, world: &World) -> bool {
    every(world, |n, order| {
        let open = matches!(
            order.status,
            Some(OrderStatus::Placed | OrderStatus::AwaitingPayment)
        );
        let ended =
            |hold, service| hold != Some(Hold::Held) || open || world.is_pending(n, service, ends);
        ended(order.reservation, Service::Inventory) && ended(order.coupon, Service::Promotion)
    })
}

fn timeout_runs(_: &Scenario, world: &World) -> bool {
    every(world, |n, order| {
        order.status != Some(OrderStatus::AwaitingPayment)
            || order.timeout
            || world.is_pending(n, Service::Order, |event| *event == Event::PaymentTimeout)
    })
}

fn unpaid_is_polled(_: &Scenario, world: &World) -> bool {
    every(world, |n, order| match order.payment.status {
        Some(PaymentStatus::Open | PaymentStatus::Failed) => {
            order.payment.poll
                || world.provider[n].state == IntentState::Cancelled
                || world.is_pending(n, Service::Payment, |event| {
                    matches!(event, Event::PaymentPoll { .. })
                })
        }
        None | Some(PaymentStatus::Succeeded | PaymentStatus::Refunded) => !order.payment.poll,
        // A voided payment is polled while its charge is in progress.
        Some(PaymentStatus::Voided) => true,
    })
}

const fn unbroken(_: &Scenario, world: &World) -> bool {
    world.broken.is_none()
}

fn orders_end(scenario: &Scenario, world: &World) -> bool {
    when_quiescent(scenario, world, |_, order| {
        order.status.is_none_or(OrderStatus::is_resolved)
    })
}

fn holds_ended(scenario: &Scenario, world: &World) -> bool {
    when_quiescent(scenario, world, |n, order| {
        let Some(status) = order.status else {
            return order.reservation.is_none() && order.coupon.is_none();
        };
        let wanted = match status {
            OrderStatus::Confirmed => Hold::Used,
            OrderStatus::Rejected | OrderStatus::Cancelled | OrderStatus::Refunded => {
                Hold::Released
            }
            OrderStatus::Placed | OrderStatus::AwaitingPayment | OrderStatus::Refunding => {
                Hold::Held
            }
        };
        let coupon = scenario.orders[n].coupon.then_some(wanted);
        order.reservation == Some(wanted) && order.coupon == coupon
    })
}

fn money_ended(scenario: &Scenario, world: &World) -> bool {
    when_quiescent(scenario, world, |n, order| {
        let intent = &world.provider[n];
        let kept = match order.status {
            Some(OrderStatus::Confirmed) => world.state.total(scenario, n),
            _ => 0,
        };
        let (known, payment) = (order.payment.captured, &order.payment);
        intent.captured - intent.refunded == kept && known - payment.refunded == kept
    })
}

fn intents_ended(scenario: &Scenario, world: &World) -> bool {
    when_quiescent(scenario, world, |n, order| {
        order.status.is_none() || world.provider[n].state != IntentState::Open
    })
}

fn nothing_left(scenario: &Scenario, world: &World) -> bool {
    !is_quiescent(world, scenario) || world.pending.is_empty()
}
