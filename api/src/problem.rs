//! Errors as clients see them: problem details (RFC 9457).
//!
//! A handler returns a [`Problem`]. It travels in the response's extensions to the outermost layer, which logs server
//! errors once and renders the body.

pub(crate) mod kinds;
mod known;

use std::borrow::Cow;

use axum::{
    Json,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::{Map, Value};

pub(crate) use kinds::Kind;

/// The media type of problem details.
pub(crate) const PROBLEM: &str = "application/problem+json";

/// The answer of a handler.
pub(crate) type ApiResult<T = Response> = Result<T, Problem>;

/// The answer of a handler as JSON.
pub(crate) type JsonResult<T> = ApiResult<Json<T>>;

/// A problem: its kind, and the details of this occurrence.
#[derive(Clone, Debug)]
pub(crate) struct Problem(Box<Parts>);

#[derive(Clone, Debug)]
struct Parts {
    kind: &'static Kind,
    /// The kind's, except for rejections of the HTTP library.
    status: StatusCode,
    detail: Cow<'static, str>,
    extensions: Map<String, Value>,
    headers: Vec<(HeaderName, HeaderValue)>,
    cause: Option<String>,
    expected: bool,
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(rename = "type")]
    kind: Cow<'static, str>,
    title: &'a str,
    status: u16,
    #[serde(skip_serializing_if = "str::is_empty")]
    detail: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    instance: &'a str,
    #[serde(flatten)]
    extensions: &'a Map<String, Value>,
}

impl Problem {
    pub(crate) fn new(kind: &'static Kind) -> Self {
        Self(Box::new(Parts {
            kind,
            status: kind.status,
            detail: Cow::Borrowed(""),
            extensions: Map::new(),
            headers: Vec::new(),
            cause: None,
            expected: false,
        }))
    }

    /// Sets the detail: the fault of this occurrence and its remedy.
    pub(crate) fn detail(mut self, detail: impl Into<Cow<'static, str>>) -> Self {
        self.0.detail = detail.into();
        self
    }

    /// Adds an extension member; the names of the standard's members are not allowed.
    pub(crate) fn with(mut self, member: &'static str, value: impl Into<Value>) -> Self {
        debug_assert!(!["type", "title", "status", "detail", "instance"].contains(&member));
        self.0.extensions.insert(member.to_owned(), value.into());
        self
    }

    /// Adds a response header.
    pub(crate) fn header(mut self, name: HeaderName, value: &'static str) -> Self {
        self.0.headers.push((name, HeaderValue::from_static(value)));
        self
    }

    /// Sets `Retry-After` in seconds.
    pub(crate) fn retry_after(mut self, seconds: u64) -> Self {
        let seconds = HeaderValue::from(seconds);
        self.0.headers.push((header::RETRY_AFTER, seconds));
        self
    }

    /// Sets the cause for the log; clients never see it.
    pub(crate) fn cause(mut self, cause: impl ToString) -> Self {
        self.0.cause = Some(cause.to_string());
        self
    }

    /// Marks a refusal by design, which is not logged as a fault.
    pub(crate) fn expected(mut self) -> Self {
        self.0.expected = true;
        self
    }

    /// Returns whether it is a fault of the service, which is logged.
    pub(crate) fn is_fault(&self) -> bool {
        self.status().is_server_error() && !self.0.expected
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.0.status
    }

    /// Returns the last segment of the problem's type.
    pub(crate) fn slug(&self) -> &'static str {
        self.0.kind.slug
    }

    /// Returns the pointers of the fields at fault.
    pub(crate) fn pointers(&self) -> impl Iterator<Item = &str> {
        let errors = self.0.extensions.get("errors").and_then(Value::as_array);
        let errors = errors.into_iter().flatten();
        errors.filter_map(|error| error["pointer"].as_str())
    }

    /// Returns an extension member.
    pub(crate) fn member(&self, name: &str) -> Option<&Value> {
        self.0.extensions.get(name)
    }

    /// Returns the seconds of its `Retry-After`.
    pub(crate) fn retry_after_seconds(&self) -> Option<&str> {
        let mut headers = self.0.headers.iter();
        let (_, value) = headers.find(|(name, _)| *name == header::RETRY_AFTER)?;
        value.to_str().ok()
    }

    /// Returns the headers of its answer.
    pub(crate) fn headers(&self) -> &[(HeaderName, HeaderValue)] {
        &self.0.headers
    }

    /// Returns the text for the log.
    pub(crate) fn for_log(&self) -> &str {
        self.0.cause.as_deref().unwrap_or(&self.0.detail)
    }

    /// Returns the body of the answer to a request for `path`.
    pub(crate) fn body(&self, path: &str) -> Vec<u8> {
        let parts = &self.0;
        let body = Body {
            kind: parts.kind.uri(),
            title: parts.kind.title,
            status: parts.status.as_u16(),
            detail: &parts.detail,
            instance: path,
            extensions: &parts.extensions,
        };
        // Strings, numbers and JSON values always serialize.
        serde_json::to_vec(&body).unwrap_or_default()
    }

    /// Returns the response to a request for `path`.
    pub(crate) fn render(self, path: &str) -> Response {
        let body = self.body(path);
        let parts = self.0;
        let kind = [(header::CONTENT_TYPE, PROBLEM)];
        let mut response = (parts.status, kind, body).into_response();
        response.headers_mut().extend(parts.headers);
        response
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}
