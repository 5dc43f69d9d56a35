//! What tests of the workspace share: a private redis-server, a mail server with moods, a merchant who answers as
//! told, and waiting without sleeping.
//!
//! A development dependency only. Failing here is failing a test, so these functions panic with a
//! message that says what to do.

#![expect(
    clippy::missing_panics_doc,
    clippy::panic,
    reason = "every function here may fail a test"
)]

mod eventually;
mod mail_server;
mod merchant;
mod redis_server;
mod test_shop;

pub use eventually::{eventually, eventually_within};
pub use mail_server::{MailServer, Mood};
pub use merchant::{Merchant, Post};
pub use redis_server::RedisServer;
pub use test_shop::{TestShop, handle, new_order_id, order_document, redelivered};
