//! Handlers of the order, inventory and promotion services: one script per entry.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a service has nothing to do with most events"
)]

use contracts::Service;

use crate::{
    event::{Charge, Event},
    scenario::Scenario,
    scripts::{
        Reply,
        inventory::{self, HoldEnd},
        order::{self, HoldAnswer},
        promotion,
    },
    world::{Entry, World},
};

/// Handles an entry. A crash before or after the only script is not observable: the entry is unchanged
/// before it, and settled after it.
pub(crate) fn handle(world: &mut World, scenario: &Scenario, entry: &Entry) {
    match entry.reader {
        Service::Order => handle_order(world, scenario, entry),
        Service::Inventory => {
            world.step(scenario, entry, |state, call| match end_of(entry.event) {
                Some(end) => inventory::end_reservation(state, call, end),
                None => inventory::reserve_stock(state, call),
            });
        }
        Service::Promotion => {
            world.step(scenario, entry, |state, call| match end_of(entry.event) {
                Some(end) => promotion::end_coupon_hold(state, call, end),
                None => promotion::hold_coupon(state, call),
            });
        }
        Service::Payment | Service::Notification | Service::Webhook => {}
    }
}

fn handle_order(world: &mut World, scenario: &Scenario, entry: &Entry) {
    let overdue = world.overdue.contains(&entry.order);
    let total = world.state.total(scenario, entry.order);
    let result = world.step(scenario, entry, |state, call| match entry.event {
        Event::InventoryReserved => order::record_hold(state, call, HoldAnswer::Reserved),
        Event::InventoryRejected => order::record_hold(state, call, HoldAnswer::Short),
        Event::CouponHeld { discount } => {
            order::record_hold(state, call, HoldAnswer::Coupon(discount))
        }
        Event::CouponRejected => order::record_hold(state, call, HoldAnswer::NoCoupon),
        Event::PaymentProcessed(Charge::Captured(amount)) => {
            order::record_payment(state, call, amount)
        }
        Event::PaymentProcessed(Charge::Failed) => order::record_declined_charge(state, call),
        Event::PaymentRefunded => order::record_refund(state, call, total),
        Event::PaymentReminder => order::remind_payment_due(state, call, overdue),
        Event::PaymentTimeout => order::expire_order(state, call),
        // The only other event that the order service reads is `PaymentOpened`.
        _ => order::record_payment_opened(state, call),
    });
    if result.reply == Reply::Unknown {
        world.dead_letter(entry);
    }
}

/// Returns the end of a hold that follows from an order's event; `None` for a new order.
const fn end_of(event: Event) -> Option<HoldEnd> {
    match event {
        Event::OrderConfirmed => Some(HoldEnd::Used),
        Event::OrderRejected | Event::OrderCancelled => Some(HoldEnd::Released),
        Event::OrderRefunded => Some(HoldEnd::Refunded),
        _ => None,
    }
}
