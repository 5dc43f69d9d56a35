//! What the API is told from outside.

use std::{fmt, time::Duration};

use egress::Policy;
use store::{durability::Durability, order::OpenLimits};

use crate::{auth::passwords::Cost, http::client_address::Network, rate_limit::limits::Limits};

const SESSION_TTL: Duration = Duration::from_secs(30 * 24 * 3600);
const SESSION_IDLE: Duration = Duration::from_secs(7 * 24 * 3600);
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
    pub provider_callback_secret: String,
    /// How long a login lasts at most.
    pub session_ttl: Duration,
    /// How long a login lasts that is not used.
    pub session_idle: Duration,
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
    pub merchant_webhook_policy: Policy,
    /// What the secrets of API keys and the CSRF tokens are derived from; without it, a random one that
    /// is kept in Redis.
    pub secret: Option<String>,
    /// What hashing a password costs.
    pub password_cost: Cost,
    /// How many requests a client may send.
    pub limits: Limits,
    /// Session cookies without `Secure` and the `__Host-` prefix, for browsers that refuse those from a
    /// plain http address.
    pub plain_cookies: bool,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// Origins whose pages may use the API, such as `https://shop.example`.
    pub cors_origins: Vec<String>,
    /// What connections and bodies may take.
    pub connections: Connections,
}

/// What connections and bodies may take.
#[derive(Clone, Copy, Debug)]
pub struct Connections {
    /// Connections at once; more wait in the kernel's queue.
    pub most: usize,
    /// Requests being answered at once; more are refused with 503.
    pub in_flight: usize,
    /// How long a connection may take for the head of a request, and rest between two.
    pub head: Duration,
    /// How long a request may take for its body; then it is a 408.
    pub body: Duration,
    /// How long requests under way have when the server stops.
    pub drain: Duration,
}

impl Default for Connections {
    /// 10,000 connections, 8,000 requests; 75 seconds for a head, longer than the proxies in front keep
    /// a connection at rest; 20 for a body, 8 to drain.
    fn default() -> Self {
        Self {
            most: 10_000,
            in_flight: 8000,
            head: Duration::from_secs(75),
            body: Duration::from_secs(20),
            drain: Duration::from_secs(8),
        }
    }
}

impl Settings {
    /// The default settings: sessions of 30 days that end after 7 unused ones, bodies up to 64 KiB,
    /// 100,000 entries behind, 100 unpaid orders and 2,000 units of a product in them, 1,000 streams of
    /// events, 8 of them by one customer.
    pub fn new(provider_callback_secret: impl Into<String>) -> Self {
        Self {
            durability: Durability::default(),
            provider_callback_secret: provider_callback_secret.into(),
            session_ttl: SESSION_TTL,
            session_idle: SESSION_IDLE,
            body_limit: BODY_LIMIT,
            high_water: HIGH_WATER,
            open_limits: OpenLimits::default(),
            streams: STREAMS,
            streams_per_customer: STREAMS_PER_CUSTOMER,
            merchant_webhook_policy: Policy::default(),
            secret: None,
            password_cost: Cost::default(),
            limits: Limits::default(),
            plain_cookies: false,
            trusted_proxies: Vec::new(),
            cors_origins: Vec::new(),
            connections: Connections::default(),
        }
    }
}

impl fmt::Debug for Settings {
    /// Everything but the secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("durability", &self.durability)
            .field("session_ttl", &self.session_ttl)
            .field("session_idle", &self.session_idle)
            .field("body_limit", &self.body_limit)
            .field("high_water", &self.high_water)
            .field("open_limits", &self.open_limits)
            .field("password_cost", &self.password_cost)
            .field("limits", &self.limits)
            .field("plain_cookies", &self.plain_cookies)
            .field("trusted_proxies", &self.trusted_proxies)
            .field("cors_origins", &self.cors_origins)
            .field("connections", &self.connections)
            .finish_non_exhaustive()
    }
}
