//! The shop's HTTP API: middleware, authentication, routes, read models, and the description in OpenAPI.
//!
//! An [`Api`] is opened once per process and run as supervised children: [`Api::serve`], [`Api::follow_catalog`],
//! [`Api::keep_index`], [`Api::follow_orders`] and [`Api::watch_backlog`]. A process without an API serves its
//! [`Status`] pages.
//!
//! - The way of a request: [`middleware`], then its route in [`routes`].
//! - Every error is problem+json (RFC 9457): [`problem`] builds it, [`middleware::request_context`] renders and logs it
//!   once.
//! - A request body has one definition for its reader and its schema ([`http::request_body!`]). The reader reports every
//!   fault with a pointer, in words of its own.
//! - **Invariant:** placing an order costs two round trips to Redis: one for the session, one for the order. Prices and
//!   availability come from memory ([`read_model`]).

mod api;
mod auth;
mod baseline;
// In tests too, so that the entry points fit the readers behind them.
#[cfg(any(fuzzing, test))]
pub mod fuzzing;
mod health;
mod http;
mod metrics;
mod middleware;
mod openapi;
mod order_events;
mod pages;
mod problem;
mod rate_limit;
mod read_model;
mod routes;
mod server;
mod settings;

pub use api::Api;
pub use auth::{
    accounts,
    passwords::{Cost, Hasher, PasswordError, hash_password},
};
pub use baseline::{http_baseline, placement_baseline};
pub use health::Status;
pub use http::client_address::{Network, NotANetwork};
pub use metrics::Metric;
pub use rate_limit::limits::{Class, LimitChange, Limits, NotALimit, Rate};
pub use routes::products::fields::{Fault, check_product};
pub use settings::{Connections, Settings};
