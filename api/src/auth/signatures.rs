//! The provider's signature: `Stripe-Signature: t=<unix seconds>,v1=<hex>[,v1=<hex>]`.
//!
//! The signature is the HMAC-SHA256 of `<t>.<raw body>` under the secret's bytes as they are. There are several `v1`
//! while a secret is rotated; other schemes are ignored. Signed requests of API keys use the same format under another
//! name ([`super::signed_requests`]).
//! Source: stripe-go, `webhook/client.go`. Unlike there, a timestamp in the future is refused too.

use axum::http::HeaderMap;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::problem::{Problem, kinds};

/// Maximum distance of the timestamp from now, in seconds.
pub(crate) const TOLERANCE: u64 = 300;

/// A parsed signature header.
pub(crate) struct Signature<'a> {
    pub(crate) timestamp: &'a str,
    pub(crate) seconds: i64,
    /// Distinguishes equal requests of one second; only `v2` covers it.
    pub(crate) nonce: &'a str,
    v1: Vec<[u8; 32]>,
    v2: Vec<[u8; 32]>,
}

/// Passes when `body` was signed with `secret` within the tolerance of `now` (Unix seconds).
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
    if !signature.is_recent(now) {
        return Err(Problem::new(&kinds::SIGNATURE_EXPIRED));
    }
    if signature.covers_body(body, secret).is_some() {
        Ok(())
    } else {
        Err(Problem::new(&kinds::SIGNATURE_MISMATCH))
    }
}

pub(crate) fn parse(header: &str) -> Option<Signature<'_>> {
    let mut timestamp = None;
    let (mut v1, mut v2, mut nonce) = (Vec::new(), Vec::new(), "");
    for pair in header.split(',') {
        let (name, value) = pair.trim().split_once('=')?;
        match name {
            "t" => timestamp = Some(value),
            "n" => nonce = value,
            // A malformed digest is skipped: another one may match.
            "v1" => v1.extend(digest(value)),
            "v2" => v2.extend(digest(value)),
            _ => {}
        }
    }
    let timestamp = timestamp?;
    Some(Signature {
        timestamp,
        seconds: timestamp.parse().ok()?,
        nonce,
        v1,
        v2,
    })
}

fn digest(text: &str) -> Option<[u8; 32]> {
    let mut mac = [0; 32];
    hex::decode_to_slice(text, &mut mac).ok().map(|()| mac)
}

impl Signature<'_> {
    /// Returns whether it was made within the tolerance of `now` (Unix seconds).
    pub(crate) fn is_recent(&self, now: i64) -> bool {
        self.seconds.abs_diff(now) <= TOLERANCE
    }

    /// Returns whether it has a `v2` signature.
    pub(crate) fn binds_request(&self) -> bool {
        !self.v2.is_empty()
    }

    /// Returns the `v1` signature that matches: of `<t>.<raw body>`.
    pub(crate) fn covers_body(&self, body: &[u8], secret: &str) -> Option<[u8; 32]> {
        Self::first(&self.v1, secret, b".", &[self.timestamp.as_bytes(), body])
    }

    /// Returns the `v2` signature that matches: of `v2`, `<t>`, `<n>`, `<method>`, `<target>` and the raw body, each on
    /// a line of its own.
    ///
    /// The parts before the body cannot contain a line end, so that the text stands for one request only; and no text
    /// that `v1` signs begins like that.
    pub(crate) fn covers_request(
        &self,
        method: &str,
        target: &str,
        body: &[u8],
        secret: &str,
    ) -> Option<[u8; 32]> {
        let parts = [
            b"v2",
            self.timestamp.as_bytes(),
            self.nonce.as_bytes(),
            method.as_bytes(),
            target.as_bytes(),
            body,
        ];
        Self::first(&self.v2, secret, b"\n", &parts)
    }

    /// Returns the first of `given` that is the MAC of `parts` joined by `between`.
    fn first(
        given: &[[u8; 32]],
        secret: &str,
        between: &[u8],
        parts: &[&[u8]],
    ) -> Option<[u8; 32]> {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).ok()?;
        for (place, part) in parts.iter().enumerate() {
            if place > 0 {
                mac.update(between);
            }
            mac.update(part);
        }
        // `verify_slice` compares in constant time.
        let fits = |one: &&[u8; 32]| mac.clone().verify_slice(&one[..]).is_ok();
        given.iter().find(fits).copied()
    }
}
