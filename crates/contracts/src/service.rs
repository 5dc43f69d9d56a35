//! Services of the shop. A name is group name, key context and tree path at once.

use std::{fmt, str::FromStr};

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

    /// Returns the stream that this service writes.
    pub const fn writes(self) -> &'static str {
        match self {
            Self::Order => "orders",
            Self::Inventory => "inventory",
            Self::Promotion => "promotions",
            Self::Payment => "payments",
            Self::Notification => "notifications",
            Self::Webhook => "webhooks",
        }
    }

    /// Returns the streams of other services that this service reads, in addition to its inbox.
    pub const fn reads(self) -> &'static [&'static str] {
        match self {
            Self::Order => &["inventory", "promotions", "payments"],
            Self::Inventory | Self::Promotion | Self::Payment | Self::Webhook => &["orders"],
            Self::Notification => &["orders", "inventory", "webhooks"],
        }
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
