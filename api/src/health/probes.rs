//! Questions that machines ask: alive, ready, and how much of everything.

use axum::{extract::State, http::header, response::IntoResponse};
use supervision::Tree;

use crate::{Api, health::readiness, problem::Problem};

/// Says that the process runs.
#[utoipa::path(
    get,
    path = "/healthz",
    tag = "house",
    operation_id = "isAlive",
    responses((status = 200, description = "It runs.", body = String)),
)]
pub(crate) async fn alive() -> &'static str {
    "ok"
}

/// Says whether orders can be taken: Redis answers, no service is down, and none has stopped reading.
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "house",
    operation_id = "isReady",
    responses((status = 200, description = "They can.", body = String)),
    extensions(("x-problems" = json!(["unavailable"]))),
)]
pub(crate) async fn ready(State(api): State<Api>) -> Result<&'static str, Problem> {
    let tree = api.tree().map(Tree::snapshot);
    readiness::check(api.runtime(), tree.as_ref()).await?;
    Ok("ok")
}

/// Shows the process' metrics in Prometheus' text format.
#[utoipa::path(
    get,
    path = "/metrics",
    tag = "house",
    operation_id = "showMetrics",
    responses((status = 200, description = "The metrics.", body = String, content_type = "text/plain")),
)]
pub(crate) async fn metrics(State(api): State<Api>) -> impl IntoResponse {
    exposition_of(api.exposition())
}

/// Metrics as Prometheus wants to read them.
pub(crate) fn exposition_of(text: String) -> impl IntoResponse {
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], text)
}
