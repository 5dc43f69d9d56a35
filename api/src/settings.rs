//! What the API is told from outside.

use std::{fmt, time::Duration};

use egress::Policy;
use store::{durability::Durability, order::OpenLimits};

const SESSION_TTL: Duration = Duration::from_secs(30 * 24 * 3600);
const BODY_LIMIT: usize = 64 * 1024;
const HIGH_WATER: u64 = 100_000;
const STREAMS: usize = 1000;
const STREAMS_PER_CUSTOMER: usize = 8;

/// How the API behaves.
#[derive(Clone)]
pub struct Settings {
    /// How durable an order must be before it is answered with 202.
    pub durability: Durability,
    /// The key the provider signs its callbacks with, as it shows it.
    pub webhook_secret: String,
    /// How long a login lasts.
    pub session_ttl: Duration,
    /// The largest request body in bytes; a larger one is a 413.
    pub body_limit: usize,
    /// Entries of the orders' stream that the slowest service may be behind before new orders are
    /// refused with 503.
    pub high_water: u64,
    /// What a customer may have open and unpaid; an order beyond it is a 409.
    pub open_limits: OpenLimits,
    /// Streams of events that may be open at a time; one more is a 503.
    pub streams: usize,
    /// Of them, by one customer; one more is a 429.
    pub streams_per_customer: usize,
    /// Where merchants' webhooks may be. Nowhere but on public addresses by https, by default.
    pub webhooks: Policy,
}

impl Settings {
    /// The default settings: sessions of 30 days, bodies up to 64 KiB, 100,000 entries behind,
    /// 100 unpaid orders and 2,000 units of a product in them, 1,000 streams of events, 8 of them by one
    /// customer.
    pub fn new(webhook_secret: impl Into<String>) -> Self {
        Self {
            durability: Durability::default(),
            webhook_secret: webhook_secret.into(),
            session_ttl: SESSION_TTL,
            body_limit: BODY_LIMIT,
            high_water: HIGH_WATER,
            open_limits: OpenLimits::default(),
            streams: STREAMS,
            streams_per_customer: STREAMS_PER_CUSTOMER,
            webhooks: Policy::default(),
        }
    }
}

impl fmt::Debug for Settings {
    /// Everything but the secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("durability", &self.durability)
            .field("session_ttl", &self.session_ttl)
            .field("body_limit", &self.body_limit)
            .field("high_water", &self.high_water)
            .field("open_limits", &self.open_limits)
            .finish_non_exhaustive()
    }
}
