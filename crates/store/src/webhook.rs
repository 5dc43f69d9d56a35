//! Merchants' webhooks: subscriptions and deliveries.
//!
//! ```text
//! orders ──fan_out──▶ inbox ──begin──▶ attempt ──finish──▶ delivered, failed
//!                       ▲     │                    │
//!                       └─────┴── delay queue ◀────┘
//! ```
//!
//! A webhook is stored in every partition, as a coupon is; every partition has the log of its own
//! orders' deliveries.

pub(crate) mod attempt;
mod log;
pub(crate) mod repository;
pub(crate) mod send;
mod subscription;

pub use attempt::{
    Attempt, AttemptContext, AttemptEnd, AttemptOutcome, AttemptReport, AttemptStart, Circuit,
};
pub use log::{AttemptLog, DeliveryLog, DeliveryStatus, deliveries};
pub use repository::{
    Change, add_webhook, change_webhook, find, list, remove_webhook, rotate_secret,
};
pub use send::{OutgoingEvent, Sent, fan_out_event, replay_delivery, send_ping, subscribers};
pub use subscription::{Disabled, Secrets, Subscription};

/// Maximum number of webhooks.
pub const MOST: usize = 50;
/// Deliveries that the log of a webhook keeps, per partition.
pub const KEPT: usize = 1000;
/// Milliseconds for which the secret before the newest one signs too.
pub const OVERLAP_MS: u64 = 24 * 3600 * 1000;
