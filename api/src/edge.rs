//! What every request passes on its way in and out, in one layer.
//!
//! In: an id, a span, a deadline, a net for panics. Out: problems rendered and logged once, and the
//! headers that every response carries.

use std::{any::Any, panic::AssertUnwindSafe, time::Duration};

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures_util::FutureExt;
use tokio::time::timeout;
use tracing::Instrument;

use crate::problem::Problem;

const TIME_LIMIT: Duration = Duration::from_secs(30);
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const LONGEST_REQUEST_ID: usize = 64;

pub(crate) async fn edge(request: Request, next: Next) -> Response {
    let id = request_id(request.headers());
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let span = tracing::debug_span!("request", id = ?id, %method, path = uri.path());
    async {
        let answer = AssertUnwindSafe(next.run(request)).catch_unwind();
        let response = match timeout(TIME_LIMIT, answer).await {
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
                let allow = response.headers().get(header::ALLOW).cloned();
                let mut rendered = problem.render(uri.path());
                if let Some(allow) = allow {
                    rendered.headers_mut().insert(header::ALLOW, allow);
                }
                rendered
            }
        };
        mark(response.headers_mut(), id, uri.path());
        response
    }
    .instrument(span)
    .await
}

fn problem_of(response: &Response) -> Option<Problem> {
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) {
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

fn mark(headers: &mut HeaderMap, id: HeaderValue, path: &str) {
    headers.insert(REQUEST_ID, id);
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    // Only what says so itself may be kept.
    if path.starts_with("/v1/") && !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// The client's id when it is harmless in a log, else a new one.
fn request_id(headers: &HeaderMap) -> HeaderValue {
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b"-_.".contains(b);
    let given = headers.get(REQUEST_ID).filter(|id| {
        (1..=LONGEST_REQUEST_ID).contains(&id.len()) && id.as_bytes().iter().all(plain)
    });
    given.cloned().unwrap_or_else(|| {
        let fresh = hex::encode(rand::random::<[u8; 16]>());
        HeaderValue::try_from(fresh).unwrap_or_else(|_| HeaderValue::from_static("none"))
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
