//! The services of the shop: their names are group names, key contexts and tree paths at once.

use std::{fmt, str::FromStr};

/// One service of the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Service {
    /// Decides every order's state.
    Order,
    /// Owns stock and reservations.
    Inventory,
    /// Owns coupons and who holds them.
    Promotion,
    /// Owns payments and refunds; the only one that talks to the provider.
    Payment,
    /// Tells customers; the only one that sends mail and SMS.
    Notification,
    /// Tells merchants' programs, by HTTP.
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

    /// The name used for the consumer group, the key context and the tree path.
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

    /// The stream that this service alone writes.
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

    /// The streams of other services that this one reads. Its own inbox comes on top.
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
