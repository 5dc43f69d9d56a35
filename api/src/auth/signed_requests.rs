//! Requests signed with the secret of an API key.
//!
//! ```text
//! Streamward-Key: ak_4f1c..
//! Streamward-Signature: t=<unix seconds>,v1=<hex>            HMAC-SHA256 of <t>.<body>
//! Streamward-Signature: t=<unix seconds>,n=<word>,v2=<hex>   of v2, <t>, <n>, <method>, <target> and <body>
//!                                                            with line ends (\n) between them
//! ```
//!
//! `v1` is the construction of the provider's callbacks. `v2` covers method, path and query as well, and a nonce `n` of
//! up to 64 letters, digits, `-` and `_`, which distinguishes equal requests of one second. Where there is a `v2`, it
//! must match. Clients should send `v2` alone: a `v1` beside it would be valid for another request with the same body.
//! The signature of an unsafe request is recorded for as long as it is valid, which prevents replays.

use axum::http::{HeaderMap, Method, Uri, header, request::Parts};
use bytes::Bytes;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use store::account::{self, ApiKey};
use streamward::clock;

use crate::{
    Api,
    auth::csrf::is_safe,
    auth::signatures::{self, Signature, TOLERANCE},
    auth::tokens,
    metrics,
    problem::{Kind, Problem, kinds},
};

const KEY: &str = "streamward-key";
const SIGNATURE: &str = "streamward-signature";
const LONGEST_NONCE: usize = 64;

/// Returns whether a request is signed.
pub(crate) fn is_signed(headers: &HeaderMap) -> bool {
    headers.contains_key(KEY) || headers.contains_key(SIGNATURE)
}

/// Returns the secret of the key `id`. It is derived from the shop's secret and never stored.
pub(crate) fn secret_of(shop: &str, id: &str) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(shop.as_bytes()).map(|mut mac| {
        mac.update(b"api key ");
        mac.update(id.as_bytes());
        hex::encode(mac.finalize().into_bytes())
    });
    // HMAC accepts a key of any length.
    format!("sks_{}", mac.unwrap_or_default())
}

/// Returns the key that signed the request, and counts the outcome.
pub(crate) async fn check(api: &Api, head: &Parts, body: &Bytes) -> Result<ApiKey, Problem> {
    let checked = key_of(api, head, body).await;
    metrics::signature(match &checked {
        Ok(_) => "good",
        Err(problem) => problem.slug(),
    });
    checked
}

async fn key_of(api: &Api, head: &Parts, body: &Bytes) -> Result<ApiKey, Problem> {
    let text = |name: &str| head.headers.get(name)?.to_str().ok();
    let (Some(id), Some(header)) = (text(KEY), text(SIGNATURE)) else {
        let detail = "Send both Streamward-Key and Streamward-Signature.";
        return Err(refused(&kinds::REQUEST_HALF_SIGNED).detail(detail));
    };
    let signature = read(header).ok_or_else(|| {
        refused(&kinds::REQUEST_SIGNATURE_MALFORMED)
            .detail("Expected t=<unix seconds>,v1=<hex>, or t=..,n=<word>,v2=<hex>.")
    })?;
    let now = clock::local_ms() / 1000;
    if !signature.is_recent(i64::try_from(now).unwrap_or(i64::MAX)) {
        return Err(refused(&kinds::REQUEST_SIGNATURE_EXPIRED));
    }
    let key = match tokens::is_key(id) {
        true => account::find_api_key(&api.runtime, id).await?,
        false => None,
    };
    // An unknown key is checked as well: neither the answer nor its time reveals which keys exist.
    let secret = secret_of(&api.secret, id);
    let mac = matching(&signature, &head.method, &head.uri, body, &secret);
    let (Some(key), Some(mac)) = (key, mac) else {
        return Err(refused(&kinds::REQUEST_SIGNATURE_MISMATCH));
    };
    if !is_safe(&head.method) {
        let until = signature.seconds.unsigned_abs().saturating_add(TOLERANCE);
        if !account::record_signature(&api.runtime, id, &mac, until).await? {
            return Err(refused(&kinds::REQUEST_SIGNATURE_REPLAYED)
                .detail("Sign every request anew; `n` with `v2` distinguishes equal ones."));
        }
    }
    Ok(key)
}

/// Parses a `Streamward-Signature`.
pub(crate) fn read(header: &str) -> Option<Signature<'_>> {
    signatures::parse(header).filter(has_plain_nonce)
}

/// Returns the signature that matches the request.
pub(crate) fn matching(
    signature: &Signature<'_>,
    method: &Method,
    uri: &Uri,
    body: &[u8],
    secret: &str,
) -> Option<[u8; 32]> {
    if signature.binds_request() {
        let target = uri.path_and_query().map_or("/", |target| target.as_str());
        signature.covers_request(method.as_str(), target, body, secret)
    } else {
        signature.covers_body(body, secret)
    }
}

fn has_plain_nonce(signature: &Signature<'_>) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    signature.nonce.len() <= LONGEST_NONCE && signature.nonce.bytes().all(plain)
}

fn refused(kind: &'static Kind) -> Problem {
    Problem::new(kind).header(header::WWW_AUTHENTICATE, "Streamward-Signature")
}
