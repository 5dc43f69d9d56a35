//! The shop's HTTP API: authentication, the catalogue's read model, orders, the provider's webhook
//! and the operators' view of the machinery.
//!
//! An [`Api`] is opened once per process and run as supervised children: [`Api::serve`],
//! [`Api::follow_catalog`], [`Api::keep_index`], [`Api::follow_orders`] and [`Api::watch_backlog`]. A
//! process without an API shows its [`Status`] alone.
//!
//! - Every error is problem+json (RFC 9457): [`problem`] builds it, [`edge`] renders and logs it once.
//! - Bodies are checked by hand over JSON values ([`body`]), so that every fault has a pointer and
//!   no library's wording reaches a client.
//! - **Invariant:** placing an order costs two round trips to Redis: one for the session, one for
//!   the order itself. Prices, and whether there is anything left, come from memory ([`catalog`]).

mod address;
pub mod admin;
mod api;
mod body;
mod caller;
mod catalog;
mod cookies;
mod cors;
mod csrf;
mod edge;
mod errands;
mod etag;
mod follower;
// In tests too, so that the doors fit what is behind them.
#[cfg(any(fuzzing, test))]
pub mod fuzzing;
mod gate;
mod idempotency;
mod identity;
mod indexer;
mod last_event;
mod limiter;
mod limits;
mod login;
mod metrics;
mod once;
mod openapi;
mod page;
mod password;
mod problem;
mod readiness;
mod routes;
mod scope;
mod search;
mod serve;
mod settings;
mod signature;
mod signed;
mod squeeze;
mod status;
mod stories;
mod token;
mod trace;
mod yardstick;

pub use address::{Network, NotANetwork};
pub use api::Api;
pub use limits::{Class, LimitChange, Limits, NotALimit, Rate};
pub use password::{Cost, Hasher, PasswordError, hash_password};
pub use routes::product_fields::{Fault, check_product};
pub use settings::{Connections, Settings};
pub use status::Status;
pub use yardstick::{bare_yardstick, yardstick};
