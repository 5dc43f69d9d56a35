//! Extractor of `/v1` requests: authentication, parameters, idempotency key, and fault.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, Method};
use axum::response::IntoResponse as _;
use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::respond;
use crate::engine::Engine;
use crate::faults::occurs;
use crate::wire::{ApiError, Form};

/// Maximum length of an idempotency key at Stripe.
const MAX_KEY_LENGTH: usize = 255;
/// Standard alphabet, with or without padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// An authenticated request.
#[derive(Debug)]
pub(super) struct ApiRequest {
    pub(super) path: String,
    /// Parameters of the body, or of the query of a GET.
    pub(super) form: Form,
    pub(super) key: Option<String>,
    /// Whether the request is executed and then answered with a 500.
    pub(super) loses_response: bool,
}

impl FromRequest<Arc<Engine>> for ApiRequest {
    type Rejection = ApiError;

    async fn from_request(request: Request, engine: &Arc<Engine>) -> Result<Self, ApiError> {
        if !is_authenticated(request.headers(), &engine.settings.secret_key) {
            return Err(ApiError::unauthorized());
        }
        let fails = occurs(engine.faults().error500);
        if fails && occurs(0.5) {
            return Err(respond::injected_failure());
        }
        let path = request.uri().path().to_owned();
        let (form, key) = if request.method() == Method::GET {
            let query = request.uri().query().unwrap_or_default();
            (Form::parse(query.as_bytes()), None)
        } else {
            let key = idempotency_key(request.headers())?;
            let body = Bytes::from_request(request, &()).await;
            let body = body.map_err(|rejection| {
                ApiError::unreadable(rejection.into_response().status().as_u16())
            })?;
            (Form::parse(&body), key)
        };
        Ok(Self {
            path,
            form,
            key,
            loses_response: fails,
        })
    }
}

/// Reads the key, bare as Stripe's clients send it or quoted as in the IETF draft.
fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let Some(value) = headers.get("idempotency-key") else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default();
    let unquoted = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    let key = unquoted.unwrap_or(text);
    if key.is_empty() || key.len() > MAX_KEY_LENGTH {
        let text = "Idempotency-Key: 1 to 255 visible ASCII characters.";
        return Err(ApiError::invalid_string("Idempotency-Key", text));
    }
    Ok(Some(key.to_owned()))
}

/// Returns whether the request carries `secret_key`, as bearer token or as Basic user name.
fn is_authenticated(headers: &HeaderMap, secret_key: &str) -> bool {
    let value = headers.get(AUTHORIZATION).and_then(|it| it.to_str().ok());
    let Some((scheme, credentials)) = value.and_then(|value| value.split_once(' ')) else {
        return false;
    };
    let credentials = credentials.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return constant_time_eq(credentials.as_bytes(), secret_key.as_bytes());
    }
    if scheme.eq_ignore_ascii_case("basic")
        && let Some(pair) = decode_base64(credentials)
    {
        let user = pair.split(|&byte| byte == b':').next().unwrap_or_default();
        return constant_time_eq(user, secret_key.as_bytes());
    }
    false
}

/// Compares in constant time for equal lengths.
fn constant_time_eq(one: &[u8], other: &[u8]) -> bool {
    let differences = one.iter().zip(other).fold(0, |seen, (a, b)| seen | (a ^ b));
    one.len() == other.len() && differences == 0
}

fn decode_base64(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use super::{decode_base64, is_authenticated};
    use axum::http::{HeaderMap, HeaderValue, header::AUTHORIZATION};

    fn with(value: &'static str) -> bool {
        let value = HeaderValue::from_static(value);
        is_authenticated(&HeaderMap::from_iter([(AUTHORIZATION, value)]), "sk_test_1")
    }

    #[test]
    fn accepts_bearer_and_basic_credentials() {
        assert!(with("Bearer sk_test_1"));
        assert!(with("Basic c2tfdGVzdF8xOg=="));
        assert!(with("basic c2tfdGVzdF8xOnB3"));
        assert!(!with("Bearer sk_test_12"));
        assert!(!with("Bearer "));
        assert!(!with("Basic c2tfdGVzdF8yOg=="));
        assert!(!with("Basic !"));
        assert!(!is_authenticated(&HeaderMap::new(), "sk_test_1"));
    }

    #[test]
    fn decodes_every_length() {
        for (text, bytes) in [("", ""), ("YQ==", "a"), ("YWI=", "ab"), ("YWJj", "abc")] {
            assert_eq!(decode_base64(text).as_deref(), Some(bytes.as_bytes()));
        }
    }
}
