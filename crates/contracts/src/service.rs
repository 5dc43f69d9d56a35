//! Services of the shop. A name is group name, key context and tree path at once.

use std::{fmt, str::FromStr};

use crate::Topic;

/// A service of the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "utoipa",
    derive(utoipa::ToSchema),
    schema(rename_all = "camelCase")
)]
pub enum Service {
    /// Decides the state of every order.
    Order,
    /// Owns stock and reservations.
    Inventory,
    /// Owns coupons and their holds.
    Promotion,
    /// Owns payments and refunds; the only service that calls the provider.
    Payment,
    /// Notifies customers; the only service that sends mail and SMS.
    Notification,
    /// Delivers events to merchants' endpoints over HTTP.
    Webhook,
}

impl Service {
    /// All services, in the order in which a process starts them.
    pub const ALL: [Self; 6] = [
        Self::Order,
        Self::Inventory,
        Self::Promotion,
        Self::Payment,
        Self::Notification,
        Self::Webhook,
    ];

    /// Returns the name of the consumer group, the key context and the tree path.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Inventory => "inventory",
            Self::Promotion => "promotion",
            Self::Payment => "payment",
            Self::Notification => "notification",
            Self::Webhook => "webhook",
        }
    }

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

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A word that names no service.
#[derive(Debug, thiserror::Error)]
#[error(
    "unknown service {0:?}: expected one of order, inventory, promotion, payment, notification, webhook"
)]
pub struct UnknownService(String);

impl FromStr for Service {
    type Err = UnknownService;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|service| service.name() == word)
            .ok_or_else(|| UnknownService(word.to_owned()))
    }
}
