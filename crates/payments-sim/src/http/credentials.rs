//! Who may call `/v1`: whoever knows the secret key.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;

/// Whether the request carries `secret_key`, as bearer token or as Basic user name.
pub(super) fn accepted(headers: &HeaderMap, secret_key: &str) -> bool {
    let Some(value) = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
    else {
        return false;
    };
    let Some((scheme, rest)) = value.split_once(' ') else {
        return false;
    };
    if scheme.eq_ignore_ascii_case("bearer") {
        return same(rest.trim().as_bytes(), secret_key.as_bytes());
    }
    if scheme.eq_ignore_ascii_case("basic") {
        let Some(pair) = decode_base64(rest.trim()) else {
            return false;
        };
        let user = pair.split(|&byte| byte == b':').next().unwrap_or_default();
        return same(user, secret_key.as_bytes());
    }
    false
}

/// Equality in a time that tells nothing about where the texts differ.
fn same(one: &[u8], other: &[u8]) -> bool {
    let differences = one.iter().zip(other).fold(0, |seen, (a, b)| seen | (a ^ b));
    one.len() == other.len() && differences == 0
}

/// Standard alphabet; padding may be missing.
fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=').as_bytes();
    let mut bytes = Vec::with_capacity(digits.len() * 3 / 4);
    for group in digits.chunks(4) {
        let mut word = 0_u32;
        for &digit in group {
            word = word << 6 | u32::from(base64_digit(digit)?);
        }
        word <<= 6 * (4 - group.len());
        let [_, group_bytes @ ..] = word.to_be_bytes();
        let whole = group_bytes.get(..group.len() * 6 / 8)?;
        bytes.extend_from_slice(whole);
    }
    Some(bytes)
}

fn base64_digit(digit: u8) -> Option<u8> {
    match digit {
        b'A'..=b'Z' => Some(digit - b'A'),
        b'a'..=b'z' => Some(digit - b'a' + 26),
        b'0'..=b'9' => Some(digit - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{accepted, decode_base64};
    use axum::http::{HeaderMap, HeaderValue, header::AUTHORIZATION};

    fn with(value: &'static str) -> bool {
        let value = HeaderValue::from_static(value);
        accepted(&HeaderMap::from_iter([(AUTHORIZATION, value)]), "sk_test_1")
    }

    #[test]
    fn takes_bearer_and_basic() {
        assert!(with("Bearer sk_test_1"));
        assert!(with("Basic c2tfdGVzdF8xOg=="));
        assert!(with("basic c2tfdGVzdF8xOnB3"));
        assert!(!with("Bearer sk_test_12"));
        assert!(!with("Bearer "));
        assert!(!with("Basic c2tfdGVzdF8yOg=="));
        assert!(!with("Basic !"));
        assert!(!accepted(&HeaderMap::new(), "sk_test_1"));
    }

    #[test]
    fn decodes_every_length() {
        for (text, bytes) in [("", ""), ("YQ==", "a"), ("YWI=", "ab"), ("YWJj", "abc")] {
            assert_eq!(decode_base64(text).as_deref(), Some(bytes.as_bytes()));
        }
    }
}
