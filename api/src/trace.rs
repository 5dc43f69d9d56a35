//! The trace a request belongs to.

use std::convert::Infallible;

use axum::{extract::FromRequestParts, http::request::Parts};
use streamward::TraceParent;

/// The request's `traceparent`, or a new trace.
pub(crate) struct Trace(pub(crate) TraceParent);

impl<S: Sync> FromRequestParts<S> for Trace {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let header = parts.headers.get("traceparent");
        Ok(Self(header.map_or_else(TraceParent::start, |value| {
            TraceParent::parse_or_start(value.as_bytes())
        })))
    }
}
