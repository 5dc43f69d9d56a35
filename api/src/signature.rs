//! The provider's signature: `Stripe-Signature: t=<unix seconds>,v1=<hex>[,v1=<hex>]`.
//!
//! Signed is `<t>.<raw body>` with HMAC-SHA256 under the secret's bytes as they are. There are
//! several `v1` while a secret is being changed; other schemes are ignored.
//! Source: stripe-go, `webhook/client.go`. Unlike there, a timestamp far ahead is refused too.

use axum::http::HeaderMap;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::problem::{Problem, kinds};

/// How far the timestamp may be from now, in seconds.
const TOLERANCE: u64 = 300;

struct Signature<'a> {
    timestamp: &'a str,
    seconds: i64,
    macs: Vec<[u8; 32]>,
}

/// Passes when `body` was signed with `secret` at about `now` (Unix seconds).
pub(crate) fn verify(
    headers: &HeaderMap,
    body: &[u8],
    secret: &str,
    now: i64,
) -> Result<(), Problem> {
    let Some(header) = headers.get("stripe-signature") else {
        return Err(Problem::new(&kinds::SIGNATURE_MISSING));
    };
    let signature = header
        .to_str()
        .ok()
        .and_then(parse)
        .ok_or_else(|| Problem::new(&kinds::SIGNATURE_MALFORMED))?;
    if signature.seconds.abs_diff(now) > TOLERANCE {
        return Err(Problem::new(&kinds::SIGNATURE_EXPIRED));
    }
    if is_signed(&signature, body, secret) {
        Ok(())
    } else {
        Err(Problem::new(&kinds::SIGNATURE_MISMATCH))
    }
}

fn parse(header: &str) -> Option<Signature<'_>> {
    let mut timestamp = None;
    let mut macs = Vec::new();
    for pair in header.split(',') {
        let (name, value) = pair.trim().split_once('=')?;
        match name {
            "t" => timestamp = Some(value),
            "v1" => {
                let mut mac = [0; 32];
                // One that is no digest cannot match; another one may.
                if hex::decode_to_slice(value, &mut mac).is_ok() {
                    macs.push(mac);
                }
            }
            _ => {}
        }
    }
    let timestamp = timestamp?;
    Some(Signature {
        timestamp,
        seconds: timestamp.parse().ok()?,
        macs,
    })
}

fn is_signed(signature: &Signature<'_>, body: &[u8], secret: &str) -> bool {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return false;
    };
    mac.update(signature.timestamp.as_bytes());
    mac.update(b".");
    mac.update(body);
    // `verify_slice` takes the same time wherever the first difference is.
    signature
        .macs
        .iter()
        .any(|given| mac.clone().verify_slice(given).is_ok())
}
