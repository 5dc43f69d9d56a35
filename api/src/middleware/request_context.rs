//! The outermost layer: request id, trace, span, time limit, panic guard, problem bodies and common headers.
//!
//! The panic guard is `catch_unwind` of futures-util: tower-http's layer would add a second error path beside
//! [`Problem`] and box every body.

use std::{any::Any, panic::AssertUnwindSafe, time::Duration};

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use futures_util::FutureExt;
use tokio::time::timeout;
use tracing::Instrument;

use super::trace_context::TraceContext;
use crate::{
    pages,
    problem::{PROBLEM, Problem},
};

const TIME_LIMIT: Duration = Duration::from_secs(30);
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const LONGEST_REQUEST_ID: usize = 64;
/// Headers of every answer that sets none itself.
const SECURITY_HEADERS: [(HeaderName, &str); 3] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
];
/// Headers of answers under `/v1/` that set none themselves: data is private and never a page.
const DATA_HEADERS: [(HeaderName, &str); 2] = [
    (header::CACHE_CONTROL, "no-store"),
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; frame-ancestors 'none'",
    ),
];

/// Runs a request in its span and renders its problem, if it ends in one. Server errors are logged here, once.
pub(crate) async fn apply(
    mut request: Request,
    inner: impl AsyncFnOnce(Request) -> Response,
) -> Response {
    let id = request_id(request.headers());
    let trace = TraceContext::read(request.headers());
    request.extensions_mut().insert(trace.parent());
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let reader = pages::Reader::of(&request);
    let span = tracing::debug_span!("request", id = ?id, %method, path = uri.path());
    async {
        let response = AssertUnwindSafe(inner(request)).catch_unwind();
        let mut response = match timeout(TIME_LIMIT, response).await {
            Ok(Ok(response)) => response,
            Ok(Err(panic)) => Problem::internal(panic_message(&*panic)).into_response(),
            Err(_) => Problem::timed_out().into_response(),
        };
        if let Some(problem) = problem_of(&response) {
            if problem.is_fault() {
                let (slug, cause) = (problem.slug(), problem.for_log());
                tracing::error!(?id, %method, path = uri.path(), slug, cause, "request failed");
            }
            let inner = response.headers_mut();
            response = match reader {
                Some(reader) => reader.show(&problem, id.to_str().unwrap_or_default(), inner),
                None => render(problem, uri.path(), inner),
            };
        }
        let headers = response.headers_mut();
        add_headers(headers, id, uri.path());
        trace.write(headers);
        response
    }
    .instrument(span)
    .await
}

fn problem_of(response: &Response) -> Option<Problem> {
    let status = response.status();
    // The stored response of an idempotency key is rendered already, and a page shows the faults of its form.
    let kind = response.headers().get(header::CONTENT_TYPE);
    let rendered = kind.is_some_and(|kind| kind == PROBLEM || kind == pages::HTML);
    if rendered || !(status.is_client_error() || status.is_server_error()) {
        return None;
    }
    let problem = response.extensions().get().cloned();
    Some(problem.unwrap_or_else(|| Problem::bare(status)))
}

/// Returns the problem's response with the headers that inner layers have set.
fn render(problem: Problem, path: &str, inner: &mut HeaderMap) -> Response {
    for about_the_body in [header::CONTENT_TYPE, header::CONTENT_LENGTH] {
        inner.remove(about_the_body);
    }
    let mut rendered = problem.render(path);
    let own = std::mem::replace(rendered.headers_mut(), std::mem::take(inner));
    rendered.headers_mut().extend(own);
    rendered
}

fn add_headers(headers: &mut HeaderMap, id: HeaderValue, path: &str) {
    headers.reserve(SECURITY_HEADERS.len() + DATA_HEADERS.len() + 2);
    headers.insert(REQUEST_ID, id);
    for (name, value) in SECURITY_HEADERS {
        let value = HeaderValue::from_static(value);
        headers.entry(name).or_insert(value);
    }
    if path.starts_with("/v1/") {
        for (name, value) in DATA_HEADERS {
            let value = HeaderValue::from_static(value);
            headers.entry(name).or_insert(value);
        }
    }
}

/// Returns the client's id if it is safe to log, else a new one.
fn request_id(headers: &HeaderMap) -> HeaderValue {
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b"-_.".contains(b);
    let given = headers.get(REQUEST_ID).filter(|id| {
        (1..=LONGEST_REQUEST_ID).contains(&id.len()) && id.as_bytes().iter().all(plain)
    });
    given.cloned().unwrap_or_else(|| {
        let mut fresh = [0; 32];
        // 16 bytes are 32 hex digits, and hex digits always form a header value.
        let _ = hex::encode_to_slice(rand::random::<[u8; 16]>(), &mut fresh);
        HeaderValue::from_bytes(&fresh).unwrap_or_else(|_| HeaderValue::from_static("none"))
    })
}

fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    format!("a handler panicked: {}", text.unwrap_or("no message"))
}
