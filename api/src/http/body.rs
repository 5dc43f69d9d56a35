//! Request bodies: read up to a limit, parsed, and checked by hand.

use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, Request},
    http::{HeaderMap, header},
};
use futures_util::StreamExt;
use serde_json::Value;
use tokio::time::timeout;

pub(crate) use super::faults::{Faults, Fields, one_line};
pub(crate) use super::pointer::At;

use crate::{
    Api,
    problem::{Problem, kinds},
};

/// How much of a body that is too large is read all the same, in limits. A client that is still
/// sending when the connection closes would never see the 413.
const PATIENCE: usize = 32;

/// The raw body of a request, of whatever type.
pub(crate) struct Raw(pub(crate) Bytes);

impl FromRequest<Api> for Raw {
    type Rejection = Problem;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Problem> {
        read(api, request.into_body()).await.map(Self)
    }
}

/// The raw body of a request that says it is JSON.
pub(crate) struct Json(pub(crate) Bytes);

impl Json {
    /// The value the body spells.
    pub(crate) fn value(&self) -> Result<Value, Problem> {
        parse(&self.0)
    }
}

impl FromRequest<Api> for Json {
    type Rejection = Problem;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::media_type());
        }
        read(api, request.into_body()).await.map(Self)
    }
}

/// Parses JSON; the parser's words stay here, only the place is told.
pub(crate) fn parse(body: &[u8]) -> Result<Value, Problem> {
    serde_json::from_slice(body).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        Problem::malformed_json(format!("It goes wrong at line {line}, column {column}."))
    })
}

fn is_json(headers: &HeaderMap) -> bool {
    essence(headers).eq_ignore_ascii_case("application/json")
}

/// Whether the body is of a type that any page may send anywhere without being asked first.
pub(crate) fn is_form(headers: &HeaderMap) -> bool {
    let forms = [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
    ];
    let kind = essence(headers);
    forms.iter().any(|form| kind.eq_ignore_ascii_case(form))
}

fn essence(headers: &HeaderMap) -> &str {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let essence = kind
        .and_then(|kind| kind.split(';').next())
        .unwrap_or_default();
    essence.trim()
}

/// All of a body, as long as it comes in time.
pub(crate) async fn read(api: &Api, body: Body) -> Result<Bytes, Problem> {
    let settings = api.settings();
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
        if seen > limit.saturating_mul(PATIENCE) {
            break;
        }
        // Nearly every body is one chunk, which is then passed on as it is.
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
        .detail(format!("A body may have {limit} bytes."))
        .with("limit", limit))
}
