//! Topics: streams of one type of event each, and the services that subscribe to them.
//!
//! The table [`TOPICS`] is the only place that says who receives what. Consumer groups, reads, trimming,
//! the high-water mark, inspection and `docs/EVENTS.md` follow from it.

use crate::{
    Service::{self, Inventory, Notification, Order, Payment, Promotion, Webhook},
    event::{
        CouponHeld, CouponRejected, InventoryRejected, InventoryReserved, InventoryUpdated,
        LowStock, Message, NotificationSent, OrderAwaitingPayment, OrderCancelled, OrderConfirmed,
        OrderPaymentDue, OrderPaymentFailed, OrderPaymentRequested, OrderPaymentReturned,
        OrderPlaced, OrderRefundRequested, OrderRefunded, OrderRejected, PaymentOpened,
        PaymentProcessed, PaymentRefunded, ProductChanged, ProductRemoved, WebhookDelivered,
        WebhookDisabled,
    },
};

/// A stream of one type of event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Topic {
    /// Name of the stream: `<context>:<event>`.
    pub name: &'static str,
    /// Wire name of its events.
    pub event: &'static str,
    /// The service that writes it.
    pub owner: Service,
    /// The services whose consumer groups receive every entry.
    pub subscribers: &'static [Service],
}

const fn topic<E: Message>(
    name: &'static str,
    owner: Service,
    subscribers: &'static [Service],
) -> Topic {
    Topic {
        name,
        event: E::KIND,
        owner,
        subscribers,
    }
}

/// Every topic of the shop. An order with a coupon is also written to the topics whose names end with
/// `-with-coupon`, so that the promotion service receives no other order.
pub const TOPICS: &[Topic] = &[
    topic::<OrderPlaced>("orders:placed", Order, &[Inventory, Webhook]),
    topic::<OrderAwaitingPayment>("orders:awaiting-payment", Order, &[Payment, Webhook]),
    topic::<OrderPaymentRequested>("orders:payment-requested", Order, &[Payment]),
    topic::<OrderPaymentDue>("orders:payment-due", Order, &[Notification, Webhook]),
    topic::<OrderPaymentFailed>("orders:payment-failed", Order, &[Notification, Webhook]),
    topic::<OrderConfirmed>(
        "orders:confirmed",
        Order,
        &[Inventory, Notification, Webhook],
    ),
    topic::<OrderRejected>(
        "orders:rejected",
        Order,
        &[Inventory, Payment, Notification, Webhook],
    ),
    topic::<OrderCancelled>(
        "orders:cancelled",
        Order,
        &[Inventory, Payment, Notification, Webhook],
    ),
    topic::<OrderRefundRequested>("orders:refund-requested", Order, &[Payment]),
    topic::<OrderRefunded>(
        "orders:refunded",
        Order,
        &[Inventory, Notification, Webhook],
    ),
    topic::<OrderPaymentReturned>("orders:payment-returned", Order, &[Notification]),
    topic::<OrderPlaced>("orders:placed-with-coupon", Order, &[Promotion]),
    topic::<OrderConfirmed>("orders:confirmed-with-coupon", Order, &[Promotion]),
    topic::<OrderRejected>("orders:rejected-with-coupon", Order, &[Promotion]),
    topic::<OrderCancelled>("orders:cancelled-with-coupon", Order, &[Promotion]),
    topic::<OrderRefunded>("orders:refunded-with-coupon", Order, &[Promotion]),
    topic::<InventoryReserved>("inventory:reserved", Inventory, &[Order]),
    topic::<InventoryRejected>("inventory:rejected", Inventory, &[Order]),
    topic::<InventoryUpdated>("inventory:updated", Inventory, &[]),
    topic::<LowStock>("inventory:low-stock", Inventory, &[Notification]),
    topic::<ProductChanged>("catalog:changed", Inventory, &[]),
    topic::<ProductRemoved>("catalog:removed", Inventory, &[]),
    topic::<CouponHeld>("promotions:held", Promotion, &[Order]),
    topic::<CouponRejected>("promotions:rejected", Promotion, &[Order]),
    topic::<PaymentOpened>("payments:opened", Payment, &[Order]),
    topic::<PaymentProcessed>("payments:processed", Payment, &[Order]),
    topic::<PaymentRefunded>("payments:refunded", Payment, &[Order]),
    topic::<NotificationSent>("notifications:sent", Notification, &[]),
    topic::<WebhookDelivered>("webhooks:delivered", Webhook, &[]),
    topic::<WebhookDisabled>("webhooks:disabled", Webhook, &[Notification]),
];

impl Topic {
    /// Returns the topic of an event; of several the one that every such event is written to.
    pub fn of(event: &str) -> Option<&'static Self> {
        TOPICS.iter().find(|topic| topic.event == event)
    }

    /// Returns the topics that `service` writes.
    pub fn written_by(service: Service) -> impl Iterator<Item = &'static Self> {
        TOPICS.iter().filter(move |topic| topic.owner == service)
    }

    /// Returns the topics that `service` subscribes to.
    pub fn read_by(service: Service) -> impl Iterator<Item = &'static Self> {
        let reads = move |topic: &&Self| topic.subscribers.contains(&service);
        TOPICS.iter().filter(reads)
    }

    /// Returns the topics of a context, such as `orders`, each event once: copies for a subscriber of
    /// their own are left out.
    pub fn in_context(context: &str) -> impl Iterator<Item = &'static Self> {
        TOPICS.iter().filter(move |topic| {
            topic.context() == context && Self::of(topic.event).is_some_and(|one| one == *topic)
        })
    }

    /// Returns the names of the topics of a context, each event once; any other name alone.
    pub fn names_of(context_or_stream: &str) -> Vec<&str> {
        let names: Vec<&str> = Self::in_context(context_or_stream)
            .map(|topic| topic.name)
            .collect();
        if names.is_empty() {
            vec![context_or_stream]
        } else {
            names
        }
    }

    /// Returns the context: the name up to its colon.
    pub fn context(&self) -> &'static str {
        self.name
            .split_once(':')
            .map_or(self.name, |(context, _)| context)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique_and_have_a_context_and_an_event() {
        let names: BTreeSet<&str> = TOPICS.iter().map(|topic| topic.name).collect();
        assert_eq!(names.len(), TOPICS.len());
        for topic in TOPICS {
            let (context, event) = topic.name.split_once(':').expect("a colon");
            let is_plain = |part: &str| {
                !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
            };
            assert!(is_plain(context) && is_plain(event), "{}", topic.name);
            assert!(!topic.subscribers.contains(&topic.owner), "{}", topic.name);
        }
    }

    #[test]
    fn a_context_lists_each_event_once() {
        let events: Vec<&str> = Topic::in_context("orders")
            .map(|topic| topic.event)
            .collect();
        let unique: BTreeSet<&&str> = events.iter().collect();
        assert_eq!(unique.len(), events.len());
        assert!(events.contains(&OrderPlaced::KIND));
        assert_eq!(
            Topic::of(OrderPlaced::KIND).map(|topic| topic.name),
            Some("orders:placed")
        );
    }
}
