//! Constructors of problems that several routes or layers have.

use std::{borrow::Cow, time::Duration};

use axum::http::{StatusCode, header};
use serde_json::Value;
use streamward::{Class, Error, pressure::HighWaterExceeded};

use super::{Problem, kinds};
use crate::auth::passwords::PasswordError;

impl Problem {
    /// The body is not valid JSON.
    pub(crate) fn malformed_json(detail: impl Into<String>) -> Self {
        Self::new(&kinds::MALFORMED_JSON).detail(detail.into())
    }

    /// The body has faults; `errors` are `{detail, pointer}` each.
    pub(crate) fn validation(errors: Vec<Value>) -> Self {
        Self::new(&kinds::VALIDATION_FAILED)
            .detail("See errors for each field.")
            .with("errors", errors)
    }

    /// A query parameter or header has an invalid value.
    pub(crate) fn parameter(name: &'static str, detail: impl Into<String>) -> Self {
        Self::new(&kinds::INVALID_PARAMETER)
            .detail(detail.into())
            .with("parameter", name)
    }

    /// The request has no valid credentials.
    pub(crate) fn unauthorized() -> Self {
        Self::new(&kinds::UNAUTHORIZED)
            .detail("Log in with POST /v1/auth/login and send `Authorization: Bearer <token>`.")
            .header(header::WWW_AUTHENTICATE, "Bearer")
    }

    /// The caller's roles do not allow the request.
    pub(crate) fn forbidden() -> Self {
        Self::new(&kinds::FORBIDDEN)
    }

    /// The resource does not exist, or the caller may not see it.
    pub(crate) fn not_found() -> Self {
        Self::new(&kinds::NOT_FOUND)
    }

    /// A dependency is down; the same request may succeed soon.
    pub(crate) fn unavailable(cause: impl ToString) -> Self {
        Self::new(&kinds::UNAVAILABLE)
            .detail("Repeat the request, with the same Idempotency-Key if it has one.")
            .header(header::RETRY_AFTER, "1")
            .cause(cause)
    }

    /// The same with a reason for clients, not logged as a fault.
    pub(crate) fn unavailable_because(reason: impl Into<Cow<'static, str>>) -> Self {
        let reason = reason.into();
        Self::unavailable(&reason).detail(reason).expected()
    }

    /// The backlog of the services is too large for more orders.
    pub(crate) fn overloaded(full: HighWaterExceeded) -> Self {
        Self::new(&kinds::TEMPORARY_REDUCED_CAPACITY)
            .detail("Repeat the request later, with the same Idempotency-Key if it has one.")
            .with("backlog", full.backlog)
            .with("limit", full.limit)
            .header(header::RETRY_AFTER, "5")
            .expected()
    }

    /// The client has used up a quota; the next request passes after `wait`.
    pub(crate) fn over_limit(policy: &'static str, wait: Duration) -> Self {
        let seconds = wait.as_secs().saturating_add(1);
        // Jitter spreads the retries of clients that wait together.
        let jitter = rand::random_range(0..=seconds / 10 + 1);
        Self::new(&kinds::QUOTA_EXCEEDED)
            .detail(format!("The next one passes in {seconds} s."))
            .with("violated-policies", vec![policy])
            .retry_after(seconds + jitter)
    }

    /// The process answers as many requests as it may.
    pub(crate) fn shed() -> Self {
        Self::new(&kinds::TOO_MANY_AT_ONCE)
            .detail("Repeat the request, with the same Idempotency-Key if it has one.")
            .header(header::RETRY_AFTER, "1")
            .expected()
    }

    /// The body did not arrive in time.
    pub(crate) fn slow_body() -> Self {
        Self::new(&kinds::SLOW_BODY).header(header::CONNECTION, "close")
    }

    /// The body's media type is not supported.
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

    /// Returns the problem of a bare error status: a rejection of the HTTP library.
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
        match error.class() {
            // The server's connections report it once; a line per request would drown it.
            Class::Outage if matches!(error, Error::Redis(_)) => {
                Self::unavailable(error).expected()
            }
            Class::Outage | Class::LostRace => Self::unavailable(error),
            // The request cannot mend a setting, but an operator can, and then it passes unchanged.
            Class::Refusal if matches!(error, Error::Server { .. }) => Self::unavailable(error),
            Class::Refusal | Class::Bug => Self::internal(error),
        }
    }
}

impl From<PasswordError> for Problem {
    fn from(error: PasswordError) -> Self {
        Self::internal(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outages_that_no_connection_reports_are_logged() {
        for error in [
            Error::TooFewReplicas {
                wanted: 1,
                reached: 0,
            },
            Error::Pool {
                problem: "no connection in time".to_owned(),
            },
        ] {
            let problem = Problem::from(error);
            assert_eq!(problem.status(), StatusCode::SERVICE_UNAVAILABLE);
            assert!(problem.is_fault());
        }
    }
}
