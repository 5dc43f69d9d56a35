//! Questions that machines ask: alive, ready, and how much of everything.

use axum::{extract::State, http::header, response::IntoResponse};
use supervision::Tree;

use crate::{Api, problem::Problem, readiness};

/// The process runs.
pub(super) async fn alive() -> &'static str {
    "ok"
}

/// Orders can be taken: Redis answers, no service is down, and none has stopped reading.
pub(super) async fn ready(State(api): State<Api>) -> Result<&'static str, Problem> {
    let tree = api.tree().map(Tree::snapshot);
    readiness::check(api.runtime(), tree.as_ref()).await?;
    Ok("ok")
}

/// The process' metrics in Prometheus' text format.
pub(super) async fn metrics(State(api): State<Api>) -> impl IntoResponse {
    exposition_of(api.exposition())
}

/// Metrics as Prometheus wants to read them.
pub(crate) fn exposition_of(text: String) -> impl IntoResponse {
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], text)
}
