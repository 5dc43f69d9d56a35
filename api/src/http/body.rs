//! Reading request bodies: within a size and a time limit, as raw bytes or as JSON.

use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, Request},
    http::{HeaderMap, header},
};
use futures_util::StreamExt;
use serde_json::Value;
use tokio::time::timeout;

use super::{At, Faults, Field};
use crate::{
    Api,
    problem::{Problem, kinds},
};

/// Multiples of the size limit that are read before the connection is closed. A client that is still sending then
/// would never see the 413.
const READ_ON: usize = 32;

/// The raw body of a request of any media type.
pub(crate) struct RawBody(pub(crate) Bytes);

impl FromRequest<Api> for RawBody {
    type Rejection = Problem;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Problem> {
        read(api, request.into_body()).await.map(Self)
    }
}

/// The raw body of a request whose media type is JSON.
pub(crate) struct JsonBody(pub(crate) Bytes);

impl JsonBody {
    /// Returns the body that holds `value`.
    pub(crate) fn of(value: &Value) -> Self {
        Self(value.to_string().into())
    }

    /// Parses the body.
    pub(crate) fn value(&self) -> Result<Value, Problem> {
        parse(&self.0)
    }

    /// Reads the body as what its definition says.
    pub(crate) fn read<T: Field<Value = T>>(&self) -> Result<T, Problem> {
        self.read_and(|_, _, _| ())
    }

    /// Reads the body, and checks it by rules beyond its definition. They see the body itself, because a body with
    /// other faults has no value.
    pub(crate) fn read_and<T: Field<Value = T>>(
        &self,
        check: impl FnOnce(&Value, Option<&T>, &mut Faults),
    ) -> Result<T, Problem> {
        let value = self.value()?;
        let mut faults = Faults::default();
        let read = T::read(&value, At::Root, &mut faults);
        check(&value, read.as_ref(), &mut faults);
        Ok(faults.finish(read)?)
    }
}

impl FromRequest<Api> for JsonBody {
    type Rejection = Problem;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Problem> {
        if !essence(request.headers()).eq_ignore_ascii_case("application/json") {
            return Err(Problem::media_type());
        }
        read(api, request.into_body()).await.map(Self)
    }
}

/// Parses JSON; clients are told the place of an error, not the parser's words.
pub(crate) fn parse(body: &[u8]) -> Result<Value, Problem> {
    serde_json::from_slice(body).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        Problem::malformed_json(format!("Syntax error at line {line}, column {column}."))
    })
}

/// Returns whether the body is of a type that any page may send to any site without a preflight request.
pub(crate) fn is_form(headers: &HeaderMap) -> bool {
    let forms = [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
    ];
    let kind = essence(headers);
    forms.iter().any(|form| kind.eq_ignore_ascii_case(form))
}

/// Returns the media type without its parameters.
fn essence(headers: &HeaderMap) -> &str {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok());
    let essence = kind.and_then(|kind| kind.split(';').next());
    essence.unwrap_or_default().trim()
}

/// Reads a body within the limits of the settings.
pub(crate) async fn read(api: &Api, body: Body) -> Result<Bytes, Problem> {
    let settings = &api.settings;
    let read = collect(body, settings.body_limit);
    timeout(settings.connections.body, read)
        .await
        .unwrap_or_else(|_| Err(Problem::slow_body()))
}

async fn collect(body: Body, limit: usize) -> Result<Bytes, Problem> {
    let mut chunks = body.into_data_stream();
    let mut kept = Bytes::new();
    let mut seen = 0_usize;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Problem::new(&kinds::INCOMPLETE_BODY))?;
        seen = seen.saturating_add(chunk.len());
        if seen > limit.saturating_mul(READ_ON) {
            break;
        }
        // Most bodies are one chunk, which is passed on without a copy.
        kept = match (seen > limit, kept.is_empty()) {
            (true, _) => Bytes::new(),
            (false, true) => chunk,
            (false, false) => [kept, chunk].concat().into(),
        };
    }
    if seen <= limit {
        return Ok(kept);
    }
    Err(Problem::new(&kinds::BODY_TOO_LARGE)
        .detail(format!("The limit is {limit} bytes."))
        .with("limit", limit))
}
