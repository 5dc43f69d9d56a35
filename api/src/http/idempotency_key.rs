//! The `Idempotency-Key` header: 1 to 255 visible ASCII characters, quoted or not.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, request::Parts},
};
use sha2::{Digest, Sha256};

use crate::problem::{Problem, kinds};

const LONGEST: usize = 255;

/// The key of a request, if it has one.
pub(crate) struct IdempotencyKey(pub(crate) Option<String>);

impl<S: Sync> FromRequestParts<S> for IdempotencyKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Ok(Self(of(&parts.headers)?.map(ToOwned::to_owned)))
    }
}

/// Returns the key among a request's headers.
pub(crate) fn of(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let mut values = headers.get_all("idempotency-key").iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => match read(value) {
            Some(key) => Ok(Some(key)),
            None => Err(invalid("It must be 1 to 255 visible ASCII characters.")),
        },
        (Some(_), Some(_)) => Err(invalid("A request has at most one.")),
    }
}

/// Returns the problem of a key that was used for another request.
pub(crate) fn reused() -> Problem {
    Problem::new(&kinds::IDEMPOTENCY_KEY_REUSED)
        .detail("Send the first request again unchanged, or choose a new key.")
}

fn invalid(detail: &'static str) -> Problem {
    Problem::new(&kinds::INVALID_IDEMPOTENCY_KEY).detail(detail)
}

fn read(value: &HeaderValue) -> Option<&str> {
    let text = value.to_str().ok()?;
    let key = match text.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"')?,
        None => text,
    };
    let plain = |b: u8| b.is_ascii_graphic() && b != b'"';
    ((1..=LONGEST).contains(&key.len()) && key.bytes().all(plain)).then_some(key)
}

/// Returns the digest of a request; requests under one key must have the same.
pub(crate) fn fingerprint(method: &str, path: &str, body: &[u8]) -> String {
    let mut digest = Sha256::new();
    for part in [method.as_bytes(), b"\n", path.as_bytes(), b"\n", body] {
        digest.update(part);
    }
    hex::encode(digest.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &'static str) -> Option<String> {
        read(&HeaderValue::from_static(text)).map(ToOwned::to_owned)
    }

    #[test]
    fn a_quoted_key_equals_the_unquoted_one() {
        assert_eq!(plain("\"8e03978e\""), Some("8e03978e".to_owned()));
        assert_eq!(plain("8e03978e"), plain("\"8e03978e\""));
    }

    #[test]
    fn a_malformed_key_is_refused() {
        for bad in ["", "\"\"", "\"", "\"open", "two words", "a\"b"] {
            assert_eq!(plain(bad), None, "{bad:?}");
        }
        let long = HeaderValue::try_from("x".repeat(256)).unwrap();
        assert_eq!(read(&long), None);
    }
}
