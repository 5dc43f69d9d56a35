//! The problems there are, apart from those of one route alone.

use std::{borrow::Cow, time::Duration};

use axum::http::{StatusCode, header};
use serde_json::Value;
use streamward::{Error, pressure::HighWaterExceeded};

use super::{Problem, kinds};
use crate::auth::passwords::PasswordError;

impl Problem {
    /// The body is not JSON.
    pub(crate) fn malformed_json(detail: impl Into<String>) -> Self {
        Self::new(&kinds::MALFORMED_JSON).detail(detail.into())
    }

    /// The JSON does not say what it must; `errors` are `{detail, pointer}` each.
    pub(crate) fn validation(errors: Vec<Value>) -> Self {
        Self::new(&kinds::VALIDATION_FAILED)
            .detail("See errors for each field.")
            .with("errors", errors)
    }

    /// A query parameter or header has a value it cannot have.
    pub(crate) fn parameter(name: &'static str, detail: impl Into<String>) -> Self {
        Self::new(&kinds::INVALID_PARAMETER)
            .detail(detail.into())
            .with("parameter", name)
    }

    /// No valid token came with the request.
    pub(crate) fn unauthorized() -> Self {
        Self::new(&kinds::UNAUTHORIZED)
            .detail("Log in with POST /v1/auth/login and send `Authorization: Bearer <token>`.")
            .header(header::WWW_AUTHENTICATE, "Bearer")
    }

    /// The caller is known and may not do this.
    pub(crate) fn forbidden() -> Self {
        Self::new(&kinds::FORBIDDEN)
    }

    /// There is nothing here, or nothing the caller may see.
    pub(crate) fn not_found() -> Self {
        Self::new(&kinds::NOT_FOUND)
    }

    /// Something this answer needs is down; the same request may succeed soon.
    pub(crate) fn unavailable(cause: impl ToString) -> Self {
        Self::new(&kinds::UNAVAILABLE)
            .detail("Repeat the request, with the same Idempotency-Key if it has one.")
            .header(header::RETRY_AFTER, "1")
            .cause(cause)
    }

    /// The same for a reason that clients may know, which is not a fault.
    pub(crate) fn unavailable_because(reason: impl Into<Cow<'static, str>>) -> Self {
        let reason = reason.into();
        Self::unavailable(&reason).detail(reason).expected()
    }

    /// The services are too far behind to take on more.
    pub(crate) fn overloaded(full: HighWaterExceeded) -> Self {
        Self::new(&kinds::TEMPORARY_REDUCED_CAPACITY)
            .detail("Repeat the request later, with the same Idempotency-Key if it has one.")
            .with("backlog", full.backlog)
            .with("limit", full.limit)
            .header(header::RETRY_AFTER, "5")
            .expected()
    }

    /// The client has sent as many requests as it may; the next one passes after this time.
    pub(crate) fn over_limit(policy: &'static str, wait: Duration) -> Self {
        let seconds = wait.as_secs().saturating_add(1);
        // Those who wait together should not come back together.
        let jitter = rand::random_range(0..=seconds / 10 + 1);
        Self::new(&kinds::QUOTA_EXCEEDED)
            .detail(format!("The next one passes in {seconds} s."))
            .with("violated-policies", vec![policy])
            .retry_after(seconds + jitter)
    }

    /// This process answers as many requests as it can.
    pub(crate) fn shed() -> Self {
        Self::new(&kinds::TOO_MANY_AT_ONCE)
            .detail("Repeat the request, with the same Idempotency-Key if it has one.")
            .header(header::RETRY_AFTER, "1")
            .expected()
    }

    /// The body does not come.
    pub(crate) fn slow_body() -> Self {
        Self::new(&kinds::SLOW_BODY).header(header::CONNECTION, "close")
    }

    /// The body's media type is none that this API takes.
    pub(crate) fn media_type() -> Self {
        Self::new(&kinds::UNSUPPORTED_MEDIA_TYPE)
            .detail("Send JSON with `Content-Type: application/json`.")
    }

    /// The request took too long.
    pub(crate) fn timed_out() -> Self {
        Self::new(&kinds::TIMEOUT)
            .detail("It may have been carried out; repeat it with the same Idempotency-Key.")
            .header(header::RETRY_AFTER, "1")
    }

    /// A fault of the service itself.
    pub(crate) fn internal(cause: impl ToString) -> Self {
        Self::new(&kinds::INTERNAL)
            .detail("The failure was logged under the request id.")
            .cause(cause)
    }

    /// The problem behind an error response that says no more than its status: a rejection of the
    /// HTTP library.
    pub(crate) fn bare(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::not_found(),
            StatusCode::METHOD_NOT_ALLOWED => {
                Self::new(&kinds::METHOD_NOT_ALLOWED).detail("See the Allow header.")
            }
            _ if status.is_client_error() => Self::new(&kinds::BAD_REQUEST),
            _ => Self::internal(format!("a response with status {status} and no reason")),
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        // Full memory, a full disk and missing replicas pass without a change of the request.
        let passes = error.is_transient()
            || matches!(error, Error::Server { .. })
            || matches!(
                &error,
                Error::Redis(cause) if matches!(cause.code(), Some("OOM" | "MISCONF" | "NOREPLICAS"))
            );
        if passes {
            Self::unavailable(error)
        } else {
            Self::internal(error)
        }
    }
}

impl From<PasswordError> for Problem {
    fn from(error: PasswordError) -> Self {
        Self::internal(error)
    }
}
