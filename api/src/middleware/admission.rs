//! The gate before the routes: who asks, whether they may ask so much, and what browsers may send.
//!
//! It finds out and counts; whether somebody may do what a route does, the route says by its extractors
//! ([`crate::auth::principal`]).

use std::net::IpAddr;

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{
    Api,
    auth::csrf,
    auth::identity::Identity,
    auth::signed_requests,
    http::body,
    http::client_address::{self, Peer},
    metrics::{self, Limited},
    middleware::idempotency::once,
    problem::{Problem, kinds},
    rate_limit::limiter::Standing,
    rate_limit::limits::Class,
};

const RATELIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const RATELIMIT: HeaderName = HeaderName::from_static("ratelimit");

pub(crate) async fn gate(api: &Api, request: Request, next: Next) -> Response {
    // Probes and metrics are asked for in bad times above all.
    let Some(class) = Class::of(request.method(), request.uri().path()) else {
        return next.run(request).await;
    };
    let Ok(_permit) = api.in_flight().try_acquire() else {
        metrics::shed();
        return Problem::shed().into_response();
    };
    let mut response = match enter(api, request).await {
        Ok(request) => count(api, class, request, next).await,
        Err(problem) => problem.into_response(),
    };
    // A request may be looked at more than once on its way, and is refused once.
    let problem = response.extensions().get::<Problem>();
    if problem.is_some_and(|problem| problem.slug() == kinds::CSRF.slug) {
        metrics::csrf_refused();
    }
    // What is answered depends on where the asking page is from.
    for name in ["Origin", "Sec-Fetch-Site"] {
        let name = HeaderValue::from_static(name);
        response.headers_mut().append(header::VARY, name);
    }
    response
}

/// Checks what any page could send, and finds out who sent the request.
async fn enter(api: &Api, request: Request) -> Result<Request, Problem> {
    let (mut head, body) = request.into_parts();
    if !csrf::is_safe(&head.method) && body::is_form(&head.headers) {
        return Err(Problem::media_type());
    }
    let (identity, body) = if signed_requests::is_signed(&head.headers) {
        let bytes = body::read(api, body).await?;
        let identity = Identity::find(api, &head, Some(&bytes)).await;
        (identity, Body::from(bytes))
    } else {
        (Identity::find(api, &head, None).await, body)
    };
    head.extensions.insert(identity);
    Ok(Request::from_parts(head, body))
}

/// Takes the request out of its sender's quota, and answers it if there is one left.
async fn count(api: &Api, class: Class, request: Request, next: Next) -> Response {
    let Some(policy) = api.settings().limits.policy(class) else {
        return once(api, request, next).await;
    };
    let client = Identity::of(request.extensions()).client();
    let client = client.unwrap_or_else(|| address_of(api, &request));
    let standing = api.limiter().take(&policy, &client).await;
    let (mut response, left, seconds) = match standing {
        Standing::Unknown => return once(api, request, next).await,
        Standing::Over(wait) => {
            metrics::limited(policy.name, Limited::Refused);
            let problem = Problem::over_limit(policy.name, wait);
            (problem.into_response(), 0, wait.as_secs().saturating_add(1))
        }
        Standing::Good { left, full_in } => {
            let seconds = full_in.as_secs().saturating_add(1);
            (once(api, request, next).await, left, seconds)
        }
    };
    let name = policy.name;
    let (quota, window) = (policy.quota, policy.window.as_secs().max(1));
    show(
        response.headers_mut(),
        RATELIMIT_POLICY,
        format!("\"{name}\";q={quota};w={window}"),
    );
    show(
        response.headers_mut(),
        RATELIMIT,
        format!("\"{name}\";r={left};t={seconds}"),
    );
    response
}

fn show(headers: &mut HeaderMap, name: HeaderName, value: String) {
    // Words and numbers always make a header.
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.insert(name, value);
    }
}

/// The address that a request is counted under when nobody is known to have sent it.
pub(crate) fn address_of(api: &Api, request: &Request) -> String {
    let peer = request.extensions().get().map(|Peer(address)| *address);
    address_in(api, request.headers(), peer)
}

/// The same from the parts of a request.
pub(crate) fn address_in(api: &Api, headers: &HeaderMap, peer: Option<IpAddr>) -> String {
    client_address::client(headers, peer, &api.settings().trusted_proxies)
}
