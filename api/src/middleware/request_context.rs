//! What every request passes on its way in and out, in one layer.
//!
//! In: an id, a span, a deadline, a net for panics. Out: problems rendered and logged once, and the
//! headers that every response carries.

use std::{any::Any, panic::AssertUnwindSafe, time::Duration};

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use futures_util::FutureExt;
use tokio::time::timeout;
use tracing::Instrument;

use crate::{
    middleware::trace_context::Found,
    problem::{PROBLEM, Problem},
};

const TIME_LIMIT: Duration = Duration::from_secs(30);
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const LONGEST_REQUEST_ID: usize = 64;
/// What every browser is to know about every answer.
const SECURITY: [(HeaderName, &str); 3] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
];

pub(crate) async fn edge(
    mut request: Request,
    inner: impl AsyncFnOnce(Request) -> Response,
) -> Response {
    let id = request_id(request.headers());
    let trace = Found::read(request.headers());
    let (parent, state) = Found::asked(request.headers());
    request.extensions_mut().insert(trace);
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let span = tracing::debug_span!("request", id = ?id, %method, path = uri.path());
    async {
        let answer = AssertUnwindSafe(inner(request)).catch_unwind();
        let mut response = match timeout(TIME_LIMIT, answer).await {
            Ok(Ok(response)) => response,
            Ok(Err(panic)) => Problem::internal(last_words(&*panic)).into_response(),
            Err(_) => Problem::timed_out().into_response(),
        };
        let mut response = match problem_of(&response) {
            None => response,
            Some(problem) => {
                if problem.is_fault() {
                    let (slug, cause) = (problem.slug(), problem.for_log());
                    tracing::error!(?id, %method, path = uri.path(), slug, cause, "request failed");
                }
                render(problem, uri.path(), response.headers_mut())
            }
        };
        mark(response.headers_mut(), id, uri.path());
        trace.show(&state, parent.as_ref(), response.headers_mut());
        response
    }
    .instrument(span)
    .await
}

fn problem_of(response: &Response) -> Option<Problem> {
    let status = response.status();
    // One that was rendered before, for an answer that is given again, is left as it is.
    let rendered = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind == PROBLEM);
    if rendered || !(status.is_client_error() || status.is_server_error()) {
        return None;
    }
    Some(
        response
            .extensions()
            .get()
            .cloned()
            .unwrap_or_else(|| Problem::bare(status)),
    )
}

/// The problem's own response, with what inner layers have said about the request.
fn render(problem: Problem, path: &str, said: &mut HeaderMap) -> Response {
    for about_the_body in [header::CONTENT_TYPE, header::CONTENT_LENGTH] {
        said.remove(about_the_body);
    }
    let mut rendered = problem.render(path);
    let own = std::mem::replace(rendered.headers_mut(), std::mem::take(said));
    rendered.headers_mut().extend(own);
    rendered
}

fn mark(headers: &mut HeaderMap, id: HeaderValue, path: &str) {
    headers.reserve(SECURITY.len() + 4);
    headers.insert(REQUEST_ID, id);
    for (name, value) in SECURITY {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if path.starts_with("/v1/") {
        let nobody = HeaderValue::from_static("no-store");
        headers.entry(header::CACHE_CONTROL).or_insert(nobody);
        // Data is never a page: nothing in it is to be loaded, run or shown in a frame. A page says
        // itself what it needs.
        let nothing = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
        headers
            .entry(header::CONTENT_SECURITY_POLICY)
            .or_insert(nothing);
    }
}

/// The client's id when it is harmless in a log, else a new one.
fn request_id(headers: &HeaderMap) -> HeaderValue {
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b"-_.".contains(b);
    let given = headers.get(REQUEST_ID).filter(|id| {
        (1..=LONGEST_REQUEST_ID).contains(&id.len()) && id.as_bytes().iter().all(plain)
    });
    given.cloned().unwrap_or_else(|| {
        let mut fresh = [0; 32];
        // Sixteen bytes are thirty-two digits, and digits always make a header.
        let _ = hex::encode_to_slice(rand::random::<[u8; 16]>(), &mut fresh);
        HeaderValue::from_bytes(&fresh).unwrap_or_else(|_| HeaderValue::from_static("none"))
    })
}

fn last_words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    format!(
        "a handler panicked: {}",
        text.as_deref().unwrap_or("no message")
    )
}
