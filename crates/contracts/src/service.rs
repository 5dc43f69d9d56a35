//! Services of the shop. A name is group name, key context and tree path at once.

use crate::{Topic, words::words};

words!(
    /// A service of the shop.
    Service, "service" {
        /// Decides the state of every order.
        Order = "order",
        /// Owns stock and reservations.
        Inventory = "inventory",
        /// Owns coupons and their holds.
        Promotion = "promotion",
        /// Owns payments and refunds; the only service that calls the provider.
        Payment = "payment",
        /// Notifies customers; the only service that sends mail and SMS.
        Notification = "notification",
        /// Delivers events to merchants' endpoints over HTTP.
        Webhook = "webhook",
    }
);

impl Service {
    /// Returns the context of the topics that this service writes: the first part of their names.
    pub const fn context(self) -> &'static str {
        match self {
            Self::Order => "orders",
            Self::Inventory => "inventory",
            Self::Promotion => "promotions",
            Self::Payment => "payments",
            Self::Notification => "notifications",
            Self::Webhook => "webhooks",
        }
    }

    /// Returns the names of the topics that this service subscribes to, in addition to its inbox.
    pub fn reads(self) -> impl Iterator<Item = &'static str> {
        Topic::read_by(self).map(|topic| topic.name)
    }

    /// Returns the names of the topics that this service writes.
    pub fn writes(self) -> impl Iterator<Item = &'static str> {
        Topic::written_by(self).map(|topic| topic.name)
    }
}
