//! Shared test set-up: a private redis-server, a test shop, a mail server, a merchant's server, and polling.
//!
//! A development dependency only. Functions panic with an instructive message, because a failure here fails
//! the test.

#![expect(
    clippy::missing_panics_doc,
    clippy::panic,
    reason = "every function may fail a test"
)]

mod eventually;
mod local_server;
mod mail_server;
mod merchant;
mod outage;
mod redis_server;
mod shifted_clock;
mod test_shop;

pub use eventually::{eventually, eventually_within};
pub use mail_server::{Behaviour, MailServer};
pub use merchant::{Merchant, ReceivedRequest};
pub use outage::Outage;
pub use redis_server::RedisServer;
pub use test_shop::{TestShop, entries, handle, new_order_id, order_document, redelivered};
