//! Webhooks: which merchants' programs want to hear of what, and every delivery to them.
//!
//! ```text
//! orders ──fan_out──▶ inbox ──begin──▶ attempt ──finish──▶ delivered, failed
//!                       ▲     │                    │
//!                       └─────┴── delay queue ◀────┘
//! ```
//!
//! A webhook lies in every partition, as a coupon does, and every partition has the log of its own
//! orders' deliveries.

mod attempt;
mod book;
mod log;
mod outgoing;
mod subscription;

pub use attempt::{Attempt, Begun, Circuit, Ended, Fate, Go, Leave};
pub use book::{Change, add, change, find, list, remove, rotate};
pub use log::{Made, Record, Status, deliveries};
pub use outgoing::{News, Sent, fan_out, ping, replay, subscribers};
pub use subscription::{Disabled, Secrets, Subscription};

/// Webhooks that there may be at most.
pub const MOST: usize = 50;
/// Deliveries that the log of a webhook keeps, per partition.
pub const KEPT: usize = 1000;
/// Milliseconds for which the secret before the newest one signs too.
pub const OVERLAP_MS: u64 = 24 * 3600 * 1000;
