//! The API's description in OpenAPI 3.1.
//!
//! A handler's attribute has the handler's own part: path, parameters, bodies, roles, and in `x-problems` the problems
//! that it alone returns. [`middleware`] adds the part of the layers before it: authentication, CSRF, quotas, idempotency
//! keys and the reading of bodies, by the rules of the layers themselves.

mod middleware;
pub(crate) mod params;
mod posts;
mod problems;
mod security;

use serde_json::Value;
use utoipa::{OpenApi, openapi};

const ABOUT: &str = "Order processing on Redis Streams: a shop posts an order, stock is reserved, the payment is charged, \
the customer is notified.\n\n\
Names are camelCase. Times are RFC 3339 in UTC. Money is an integer of minor units and a currency. Every error is \
`application/problem+json` (RFC 9457); its `type` links to a page that explains it. Answers carry an `X-Request-Id`, \
and under `/v1` the `RateLimit` headers of the caller's quota. Violations of HTTP itself are refused everywhere: 400, 405, \
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
        (name = "coupons", description = "Discounts on a total."),
        (name = "accounts", description = "Registering, sessions, passwords and API keys."),
        (name = "webhooks", description = "Events posted to merchants."),
        (name = "operators", description = "Supervision tree, streams, dead letters."),
        (name = "provider", description = "Callbacks of the payment provider."),
        (name = "house", description = "Probes, metrics and documentation."),
    ),
    components(schemas(problems::Problem, posts::WebhookOrder)),
)]
struct Head;

/// Returns the description before any route is in it.
pub(crate) fn head() -> openapi::OpenApi {
    Head::openapi()
}

/// Returns the whole description of these routes.
pub(crate) fn document(described: &openapi::OpenApi) -> Value {
    // Maps of strings always serialize.
    let mut document = serde_json::to_value(described).unwrap_or_default();
    middleware::add(&mut document);
    document["webhooks"] = posts::all();
    document
}

#[cfg(test)]
mod tests;
