//! Admission: load shedding, and rate limits per client.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue},
    response::{IntoResponse, Response},
};

use crate::{
    Api,
    auth::authentication::Authentication,
    http::ClientAddress,
    metrics::{self, Limited},
    problem::Problem,
    rate_limit::{limiter::Standing, limits::Class},
};

const RATELIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const RATELIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// Refuses a request when the process already answers as many as it may.
pub(super) async fn shed_load(
    api: &Api,
    request: Request,
    inner: impl AsyncFnOnce(Request) -> Response,
) -> Response {
    let Ok(_permit) = api.in_flight.try_acquire() else {
        metrics::shed();
        return Problem::shed().into_response();
    };
    inner(request).await
}

/// Takes a request from its client's quota and refuses it when none is left.
pub(super) async fn limit_rate(
    api: &Api,
    class: Class,
    request: Request,
    inner: impl AsyncFnOnce(Request) -> Response,
) -> Response {
    let Some(policy) = api.settings.limits.policy(class) else {
        return inner(request).await;
    };
    let client = Authentication::of(request.extensions()).client();
    let client =
        client.unwrap_or_else(|| ClientAddress::of(api, request.headers(), request.extensions()).0);
    let (mut response, left, wait) = match api.limiter.take(&policy, &client).await {
        Standing::Unknown => return inner(request).await,
        Standing::Over(wait) => {
            metrics::limited(policy.name, Limited::Refused);
            let problem = Problem::over_limit(policy.name, wait);
            (problem.into_response(), 0, wait)
        }
        Standing::Good { left, full_in } => (inner(request).await, left, full_in),
    };
    let (name, quota) = (policy.name, policy.quota);
    let (window, seconds) = (
        policy.window.as_secs().max(1),
        wait.as_secs().saturating_add(1),
    );
    let headers = response.headers_mut();
    insert(
        headers,
        RATELIMIT_POLICY,
        format!("\"{name}\";q={quota};w={window}"),
    );
    insert(
        headers,
        RATELIMIT,
        format!("\"{name}\";r={left};t={seconds}"),
    );
    response
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: String) {
    // Policy names and numbers always form a valid header value.
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.insert(name, value);
    }
}
