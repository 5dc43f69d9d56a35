//! Cross-origin requests from the origins that the settings name.
//!
//! An origin must match exactly; its pages may then send cookies. Other origins receive no CORS headers.
//!
//! Not tower-http's `CorsLayer`: that answers every `OPTIONS` request itself, preflight or not and of whatever
//! origin, and adds credentials and `Vary` headers to answers for origins that are not allowed.

use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::Api;

/// Headers on the answer to a preflight request; browsers may cache it for ten minutes.
const PREFLIGHT: [(HeaderName, &str); 4] = [
    (
        header::ACCESS_CONTROL_ALLOW_METHODS,
        "GET, POST, PATCH, DELETE",
    ),
    (
        header::ACCESS_CONTROL_ALLOW_HEADERS,
        "authorization, content-type, idempotency-key, if-match, if-none-match, last-event-id, \
         traceparent, tracestate, x-csrf-token, x-request-id",
    ),
    (header::ACCESS_CONTROL_MAX_AGE, "600"),
    (header::VARY, "Origin"),
];
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "etag, idempotent-replayed, location, ratelimit, ratelimit-policy, retry-after, x-request-id",
);

/// Answers preflight requests and marks answers as readable for pages of an allowed origin.
pub(super) async fn apply(
    api: &Api,
    request: Request,
    inner: impl AsyncFnOnce(Request) -> Response,
) -> Response {
    let allowed = &api.settings.cors_origins;
    let origin = request.headers().get(header::ORIGIN).cloned();
    let origin = origin.filter(|origin| allowed.iter().any(|one| one == origin));
    let Some(origin) = origin else {
        return inner(request).await;
    };
    let is_preflight = request.method() == Method::OPTIONS
        && request
            .headers()
            .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = if is_preflight {
        (StatusCode::NO_CONTENT, PREFLIGHT).into_response()
    } else {
        inner(request).await
    };
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
        HeaderValue::from_static("true"),
    );
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    response
}
