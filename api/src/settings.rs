//! Settings of the API.

use std::{fmt, time::Duration};

use egress::Policy;
use store::{durability::Durability, order::OpenLimits};

use crate::{auth::passwords::Cost, http::client_address::Network, rate_limit::limits::Limits};

/// Settings of the API.
#[derive(Clone)]
pub struct Settings {
    /// Durability of an order before it is answered with 202.
    pub durability: Durability,
    /// Key that the provider signs its callbacks with, as it shows it.
    pub provider_callback_secret: String,
    /// Maximum lifetime of a session.
    pub session_ttl: Duration,
    /// Lifetime of a session that is not used.
    pub session_idle: Duration,
    /// Maximum size of a request body in bytes; a larger one is a 413.
    pub body_limit: usize,
    /// Backlog of the slowest service, in entries of an orders' topic, at which new orders are refused with 503.
    pub high_water: u64,
    /// Limits of a customer's unpaid orders; an order beyond them is a 409.
    pub open_limits: OpenLimits,
    /// Low-stock threshold in units of products without their own.
    pub low_stock: u32,
    /// Maximum number of open event streams; one more is a 503.
    pub streams: usize,
    /// Maximum number of open event streams per customer; one more is a 429.
    pub streams_per_customer: usize,
    /// Addresses that merchants' webhooks may have: by default public ones over https.
    pub merchant_webhook_policy: Policy,
    /// Secret that the secrets of API keys and the CSRF tokens are derived from; without it, a random one that is kept
    /// in Redis.
    pub secret: Option<String>,
    /// Cost of a password hash.
    pub password_cost: Cost,
    /// Quotas of a client.
    pub limits: Limits,
    /// Whether session cookies go without `Secure` and the `__Host-` prefix, for browsers on a plain http address.
    pub plain_cookies: bool,
    /// Proxies whose `X-Forwarded-For` is trusted.
    pub trusted_proxies: Vec<Network>,
    /// Origins whose pages may use the API, such as `https://shop.example`.
    pub cors_origins: Vec<String>,
    /// Limits of connections and bodies.
    pub connections: Connections,
    /// URL at which customers reach the pages, without a trailing slash; links in mails begin with it.
    pub shop_url: String,
}

/// Limits of connections and bodies.
#[derive(Clone, Copy, Debug)]
pub struct Connections {
    /// Maximum number of connections; more wait in the kernel's queue.
    pub most: usize,
    /// Maximum number of requests in progress; more are refused with 503.
    pub in_flight: usize,
    /// Timeout for the head of a request, and between two requests.
    pub head: Duration,
    /// Timeout for a request body; then it is a 408.
    pub body: Duration,
    /// Time that requests in progress have when the server stops.
    pub drain: Duration,
}

impl Default for Connections {
    /// 10,000 connections, 8,000 requests; 75 seconds for a head, longer than proxies keep an idle connection; 20 for a
    /// body, 8 to drain.
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
    /// Returns the default settings: sessions of 30 days that end after 7 unused ones, bodies up to 64 KiB, a backlog of
    /// 100,000 entries, 100 unpaid orders and 2,000 units of a product in them, 1,000 event streams, 8 per customer.
    pub fn new(provider_callback_secret: impl Into<String>) -> Self {
        let day = Duration::from_secs(24 * 3600);
        Self {
            durability: Durability::default(),
            provider_callback_secret: provider_callback_secret.into(),
            session_ttl: 30 * day,
            session_idle: 7 * day,
            body_limit: 64 * 1024,
            high_water: 100_000,
            open_limits: OpenLimits::default(),
            low_stock: 5,
            streams: 1000,
            streams_per_customer: 8,
            merchant_webhook_policy: Policy::default(),
            secret: None,
            password_cost: Cost::default(),
            limits: Limits::default(),
            plain_cookies: false,
            trusted_proxies: Vec::new(),
            cors_origins: Vec::new(),
            connections: Connections::default(),
            shop_url: String::new(),
        }
    }
}

impl fmt::Debug for Settings {
    /// Shows everything but the secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("durability", &self.durability)
            .field("session_ttl", &self.session_ttl)
            .field("session_idle", &self.session_idle)
            .field("body_limit", &self.body_limit)
            .field("high_water", &self.high_water)
            .field("open_limits", &self.open_limits)
            .field("low_stock", &self.low_stock)
            .field("password_cost", &self.password_cost)
            .field("limits", &self.limits)
            .field("plain_cookies", &self.plain_cookies)
            .field("trusted_proxies", &self.trusted_proxies)
            .field("cors_origins", &self.cors_origins)
            .field("connections", &self.connections)
            .field("shop_url", &self.shop_url)
            .finish_non_exhaustive()
    }
}
