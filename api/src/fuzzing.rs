//! Entry points of `fuzz/` to private parsers. No shop is built with them.

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};

use crate::{
    auth::cookies::Cookies,
    auth::csrf,
    auth::signatures,
    auth::signed_requests,
    http::idempotency_key,
    http::last_event_id,
    read_model::catalog::{Cursor, Sort},
};

/// The signed parts of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signed<'a> {
    /// The method.
    pub method: &'a str,
    /// Path and query.
    pub target: &'a str,
    /// The raw body.
    pub body: &'a [u8],
}

fn headers(name: HeaderName, values: &[&[u8]]) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    for value in values {
        headers.append(name.clone(), HeaderValue::from_bytes(value).ok()?);
    }
    Some(headers)
}

/// Returns whether a callback with this `Stripe-Signature` is accepted at `now` (Unix seconds).
pub fn takes_callback(header: &[u8], body: &[u8], secret: &str, now: i64) -> bool {
    let name = HeaderName::from_static("stripe-signature");
    headers(name, &[header])
        .is_some_and(|headers| signatures::verify(&headers, body, secret, now).is_ok())
}

/// Returns whether a request with this `Streamward-Signature` is accepted at `now` (Unix seconds). The HTTP server refuses
/// an invalid method or target before.
pub fn takes_request(header: &str, request: Signed<'_>, secret: &str, now: i64) -> bool {
    let (Ok(method), Ok(uri)) = (
        Method::from_bytes(request.method.as_bytes()),
        request.target.parse::<Uri>(),
    ) else {
        return false;
    };
    let as_sent = uri.path_and_query().map(|target| target.as_str()) == Some(request.target);
    let signature = signed_requests::read(header).filter(|signature| signature.is_recent(now));
    as_sent
        && signature.is_some_and(|signature| {
            signed_requests::matching(&signature, &method, &uri, request.body, secret).is_some()
        })
}

/// Returns the key of a request with these `Idempotency-Key` headers; `None` when it is refused.
pub fn idempotency_key(values: &[&[u8]]) -> Option<Option<String>> {
    let headers = headers(HeaderName::from_static("idempotency-key"), values)?;
    let key = idempotency_key::of(&headers).ok()?;
    Some(key.map(ToOwned::to_owned))
}

/// Parses and formats a cursor of a list of products in the order `sort`.
pub fn product_cursor(sort: &str, text: &str) -> Option<String> {
    let sort = match sort {
        "id" => Sort::Id,
        word => Sort::of(word)?,
    };
    Cursor::read(sort, text).map(|cursor| cursor.to_string())
}

/// Returns the number in a `Last-Event-ID` of an order with so many events.
pub fn last_event_id(header: &[u8], events: usize) -> Option<usize> {
    let name = HeaderName::from_static("last-event-id");
    last_event_id::seen(&headers(name, &[header])?, events).ok()
}

/// Returns the session's token among these `Cookie` headers.
pub fn session_token(cookies: &[&[u8]]) -> Option<String> {
    let headers = headers(header::COOKIE, cookies)?;
    Cookies::new(false).token(&headers).map(ToOwned::to_owned)
}

/// Returns a CSRF token of a session.
pub fn csrf_token(secret: &str, session: &str) -> String {
    csrf::fresh(secret, session)
}

/// Returns whether an unsafe request of that session with this token is accepted.
pub fn takes_csrf(token: &[u8], secret: &str, session: &str) -> bool {
    headers(HeaderName::from_static("x-csrf-token"), &[token])
        .is_some_and(|headers| csrf::check(&headers, secret, session, &[]).is_ok())
}
