//! The way of a request: every layer it passes, from the outside in, in one place.
//!
//! The layers are functions in a single axum layer: as layers of axum's own they cost several allocations each,
//! together a twentieth of reading a product (docs/decisions/api.md).
//!
//! **Invariant:** [`authentication`] evaluates who sends a request once; rate limits, idempotency keys and routes
//! read its result. Roles are checked by the extractors that a route names ([`crate::auth::principal`]).

mod admission;
mod authentication;
pub(crate) mod background_tasks;
pub(crate) mod compression;
mod cors;
pub(crate) mod idempotency;
pub(crate) mod request_context;
pub(crate) mod trace_context;

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};

use crate::{Api, rate_limit::limits::Class};

/// Passes a request through all layers to its route.
pub(crate) async fn stack(State(api): State<Api>, request: Request, next: Next) -> Response {
    let api = &api;
    // Request id, trace, span, time limit and panic guard. Outermost, because it renders every problem.
    request_context::apply(request, async |request| {
        // Preflight requests are answered here: they carry no credentials and count against no quota.
        cors::apply(api, request, async |request| {
            // Sees complete answers, refusals of the inner layers included.
            compression::apply(request, async |request| {
                // Probes, metrics and documentation end here: they must answer under load.
                let Some(class) = Class::of(request.method(), request.uri().path()) else {
                    return next.run(request).await;
                };
                // Sheds load before a request costs anything.
                admission::shed_load(api, request, async |request| {
                    // Finds the principal, and evaluates CSRF token and API key scope.
                    authentication::apply(api, request, async |request| {
                        // Needs the principal: quotas are per account or API key, else per address.
                        admission::limit_rate(api, class, request, async |request| {
                            // Innermost: keys belong to a principal, and only admitted requests claim one.
                            idempotency::apply(api, request, next).await
                        })
                        .await
                    })
                    .await
                })
                .await
            })
            .await
        })
        .await
    })
    .await
}
