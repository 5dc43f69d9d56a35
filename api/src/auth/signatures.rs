//! The provider's signature: `Stripe-Signature: t=<unix seconds>,v1=<hex>[,v1=<hex>]`.
//!
//! Signed is `<t>.<raw body>` with HMAC-SHA256 under the secret's bytes as they are. There are
//! several `v1` while a secret is being changed; other schemes are ignored. Requests of machines use the
//! same header under another name ([`crate::auth::signed_requests`]).
//! Source: stripe-go, `webhook/client.go`. Unlike there, a timestamp far ahead is refused too.

use axum::http::HeaderMap;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::problem::{Problem, kinds};

/// How far the timestamp may be from now, in seconds.
pub(crate) const TOLERANCE: u64 = 300;

/// What a signature header says.
pub(crate) struct Signature<'a> {
    pub(crate) timestamp: &'a str,
    pub(crate) seconds: i64,
    /// A word of the client's that tells apart what it signs in one second; only `v2` covers it.
    pub(crate) nonce: &'a str,
    v1: Vec<[u8; 32]>,
    v2: Vec<[u8; 32]>,
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
            // One that is no digest cannot match; another one may.
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
    /// Whether it was made at about `now` (Unix seconds).
    pub(crate) fn is_recent(&self, now: i64) -> bool {
        self.seconds.abs_diff(now) <= TOLERANCE
    }

    /// Whether it has a signature of the second kind.
    pub(crate) fn binds_request(&self) -> bool {
        !self.v2.is_empty()
    }

    /// The signature of the first kind, `<t>.<raw body>`, that matches.
    pub(crate) fn covers_body(&self, body: &[u8], secret: &str) -> Option<[u8; 32]> {
        Self::first(&self.v1, secret, b".", &[self.timestamp.as_bytes(), body])
    }

    /// The signature of the second kind, over `v2`, `<t>`, `<n>`, `<method>`, `<target>` and the raw body on
    /// lines of their own, that matches.
    ///
    /// None of those before the body can have a line end, so what was signed is one request only; and no
    /// text that the first kind signs begins like that, so it is none of the first kind.
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

    /// The first of `given` that is the MAC of `parts` with `between` them.
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
        // `verify_slice` takes the same time wherever the first difference is.
        let fits = |one: &&[u8; 32]| mac.clone().verify_slice(&one[..]).is_ok();
        given.iter().find(fits).copied()
    }
}
