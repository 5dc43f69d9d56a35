//! Pages of other origins, when the settings name them.
//!
//! An origin must be named exactly; then its pages may send cookies. No other is answered anything that
//! would let its pages read what comes back.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::Api;

const METHODS: &str = "GET, POST, PATCH, DELETE";
const ASKED: &str = "authorization, content-type, idempotency-key, if-match, if-none-match, \
                     last-event-id, traceparent, tracestate, x-csrf-token, x-request-id";
const SHOWN: &str = "etag, idempotent-replayed, location, ratelimit, ratelimit-policy, retry-after, \
                     x-request-id";
/// How long a browser may remember an answer to its question, in seconds.
const REMEMBERED: &str = "600";

pub(crate) async fn cors(
    api: &Api,
    request: Request,
    inner: impl AsyncFnOnce(Request) -> Response,
) -> Response {
    let known = &api.settings().cors_origins;
    let origin = request.headers().get(header::ORIGIN).cloned();
    let origin = origin.filter(|origin| known.iter().any(|one| one == origin));
    let Some(origin) = origin else {
        return inner(request).await;
    };
    let asks = request.method() == Method::OPTIONS
        && request
            .headers()
            .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = if asks {
        permission()
    } else {
        inner(request).await
    };
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    set(headers, header::ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
    set(headers, header::ACCESS_CONTROL_EXPOSE_HEADERS, SHOWN);
    response
}

/// The answer to a browser that asks what its page may send.
fn permission() -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    set(headers, header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    set(headers, header::ACCESS_CONTROL_ALLOW_HEADERS, ASKED);
    set(headers, header::ACCESS_CONTROL_MAX_AGE, REMEMBERED);
    set(headers, header::VARY, "Origin");
    response
}

fn set(headers: &mut HeaderMap, name: header::HeaderName, value: &'static str) {
    headers.insert(name, HeaderValue::from_static(value));
}
