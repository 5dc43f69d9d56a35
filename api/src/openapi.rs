//! The API's description in OpenAPI 3.1.
//!
//! A handler's attribute says what the handler knows: its path, parameters, bodies, the roles it is for, and
//! in `x-problems` what it alone can refuse. What requests pass before they get there - authentication, CSRF,
//! quotas, idempotency keys, the reading of bodies - is added to each by [`middleware`], by the rules that the
//! edge itself goes by.

mod middleware;
pub(crate) mod params;
mod posts;
mod problems;
mod security;

use serde_json::Value;
use utoipa::{OpenApi, openapi};

const ABOUT: &str = "Order processing on Redis Streams: a shop posts an order, stock is locked, payment taken, \
the customer told.\n\n\
Names are camelCase. Times are RFC 3339 in UTC. Money is an integer of minor units and a currency. Every error is \
`application/problem+json` (RFC 9457); its `type` leads to a page that says what to do. Answers carry an `X-Request-Id`, \
and under `/v1` the `RateLimit` headers of the caller's quota. What HTTP itself forbids is refused everywhere alike: 400, 405, \
408, 414 and 431.";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Streamward",
        description = ABOUT,
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    tags(
        (name = "orders", description = "Placing orders, paying and following them."),
        (name = "catalogue", description = "Products and their stock."),
        (name = "coupons", description = "What takes something off a total."),
        (name = "accounts", description = "Registering, sessions, passwords and API keys."),
        (name = "webhooks", description = "Telling others by HTTP what happens."),
        (name = "operators", description = "The machinery: supervision tree, streams, dead letters."),
        (name = "provider", description = "What the payment provider calls."),
        (name = "house", description = "Probes, metrics and documentation."),
    ),
    components(schemas(problems::Problem, posts::WebhookOrder)),
)]
struct Head;

/// What the description starts from, before any route is in it.
pub(crate) fn head() -> openapi::OpenApi {
    Head::openapi()
}

/// The whole description, of routes that have described themselves.
pub(crate) fn document(described: &openapi::OpenApi) -> Value {
    // Maps of strings always serialize.
    let mut document = serde_json::to_value(described).unwrap_or_default();
    middleware::add(&mut document);
    document["webhooks"] = posts::all();
    document
}

#[cfg(test)]
mod tests;
