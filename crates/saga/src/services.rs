//! The handlers of the order, inventory and promotion services: one script per entry.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a service has nothing to do with most events"
)]

use contracts::Service;

use crate::{
    event::{Charge, Event},
    scripts::{
        Reply,
        inventory::{self, Ending},
        order::{self, Verdict},
        promotion,
    },
    shop::Shop,
    world::{Entry, World},
};

/// Handles an entry from beginning to end. Whether its handler dies before or after makes no
/// difference that anybody can see: before, the entry is as it was; after, it is settled.
pub(crate) fn handle(world: &mut World, shop: &Shop, entry: &Entry) {
    match entry.reader {
        Service::Order => decide(world, shop, entry),
        Service::Inventory => stock(world, shop, entry),
        Service::Promotion => coupon(world, shop, entry),
        Service::Payment | Service::Notification | Service::Webhook => {}
    }
}

fn decide(world: &mut World, shop: &Shop, entry: &Entry) {
    let over = world.overdue.contains(&entry.order);
    let total = world.books.total(shop, entry.order);
    let answer = world.step(shop, entry, |books, call| match entry.event {
        Event::InventoryReserved => order::hold(books, call, Verdict::Stock),
        Event::InventoryRejected => order::hold(books, call, Verdict::NoStock),
        Event::CouponHeld { discount } => order::hold(books, call, Verdict::Coupon(discount)),
        Event::CouponRejected => order::hold(books, call, Verdict::NoCoupon),
        Event::PaymentProcessed(Charge::Captured(amount)) => order::paid(books, call, amount),
        Event::PaymentProcessed(Charge::Failed) => order::declined(books, call),
        Event::PaymentRefunded => order::refunded(books, call, total),
        Event::PaymentReminder => order::remind(books, call, over),
        Event::PaymentTimeout => order::expire(books, call),
        Event::PaymentOpened
        | Event::OrderPlaced
        | Event::OrderAwaitingPayment
        | Event::OrderPaymentRequested { .. }
        | Event::OrderPaymentFailed
        | Event::OrderPaymentDue
        | Event::OrderConfirmed
        | Event::OrderRejected
        | Event::OrderCancelled
        | Event::OrderRefundRequested
        | Event::OrderRefunded
        | Event::OrderPaymentReturned
        | Event::PaymentPoll { .. }
        | Event::InventoryUpdated
        | Event::NotificationSent
        | Event::ProviderCallback { .. } => order::opened(books, call),
    });
    if answer.reply == Reply::Unknown {
        world.die(entry);
    }
}

/// How what is held for an order ends when the order comes to this; nothing for its beginning.
const fn ending(event: Event) -> Option<Ending> {
    match event {
        Event::OrderConfirmed => Some(Ending::Taken),
        Event::OrderRejected | Event::OrderCancelled => Some(Ending::Returned),
        Event::OrderRefunded => Some(Ending::Refunded),
        _ => None,
    }
}

fn stock(world: &mut World, shop: &Shop, entry: &Entry) {
    world.step(shop, entry, |books, call| match ending(entry.event) {
        Some(ending) => inventory::settle(books, call, ending),
        None => inventory::reserve(books, call),
    });
}

fn coupon(world: &mut World, shop: &Shop, entry: &Entry) {
    world.step(shop, entry, |books, call| match ending(entry.event) {
        Some(ending) => promotion::settle(books, call, ending),
        None => promotion::hold(books, call),
    });
}
