//! Health of the process: liveness and readiness probes, metrics, the operators' report, and the status pages of
//! processes without an API.

pub(crate) mod readiness;
pub(crate) mod report;
mod status_pages;

use axum::{extract::State, http::header, response::IntoResponse};
use supervision::Tree;

pub use self::status_pages::Status;

use crate::{Api, problem::Problem};

/// Says that the process runs.
#[utoipa::path(
    get, path = "/healthz", tag = "house", operation_id = "isAlive",
    responses((status = 200, description = "It runs.", body = String)),
)]
pub(crate) async fn alive() -> &'static str {
    "ok"
}

/// Says whether orders can be taken: Redis accepts writes, no service is down, and every consumer reads.
#[utoipa::path(
    get, path = "/readyz", tag = "house", operation_id = "isReady",
    responses((status = 200, description = "They can.", body = String)),
    extensions(("x-problems" = json!(["unavailable"]))),
)]
pub(crate) async fn ready(State(api): State<Api>) -> Result<&'static str, Problem> {
    let tree = api.tree().map(Tree::snapshot);
    api.readiness.check(&api.runtime, tree.as_ref()).await?;
    Ok("ok")
}

/// Shows the process' metrics in Prometheus' text format.
#[utoipa::path(
    get, path = "/metrics", tag = "house", operation_id = "showMetrics",
    responses((status = 200, description = "The metrics.", body = String, content_type = "text/plain")),
)]
pub(crate) async fn metrics(State(api): State<Api>) -> impl IntoResponse {
    exposition(api.exposition())
}

/// Returns metrics as a response that Prometheus can scrape.
fn exposition(text: String) -> impl IntoResponse {
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], text)
}
