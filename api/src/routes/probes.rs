//! Questions that machines ask: alive, ready, and how much of everything.

use std::time::Duration;

use axum::{extract::State, http::header, response::IntoResponse};
use contracts::Service;
use streamward::inspect;
use supervision::NodeState;
use tokio::time::{Instant, timeout};

use crate::{Api, problem::Problem};

/// A server that takes longer to answer a probe is of no use to a customer either.
const PATIENCE: Duration = Duration::from_secs(1);

/// The process runs.
pub(super) async fn alive() -> &'static str {
    "ok"
}

/// Orders can be taken: Redis answers, and no service is down.
pub(super) async fn ready(State(api): State<Api>) -> Result<&'static str, Problem> {
    ping_ms(&api).await?;
    let children = api
        .tree()
        .map(|tree| tree.snapshot().children)
        .unwrap_or_default();
    let down = children.into_iter().find(|child| match child.state {
        NodeState::Failed | NodeState::Backoff => true,
        NodeState::Starting | NodeState::Running | NodeState::Stopping | NodeState::Stopped => {
            false
        }
    });
    match down {
        None => Ok("ok"),
        Some(child) => {
            let problem = format!("{} is down: {:?}.", child.name, child.state);
            Err(Problem::unavailable(&problem).detail(problem))
        }
    }
}

/// The process' metrics in Prometheus' text format.
pub(super) async fn metrics(State(api): State<Api>) -> impl IntoResponse {
    let kind = [(
        header::CONTENT_TYPE,
        "text/plain; version=0.0.4; charset=utf-8",
    )];
    (kind, api.exposition())
}

/// How many milliseconds Redis takes to answer a small read of the stream that matters most.
pub(super) async fn ping_ms(api: &Api) -> Result<f64, Problem> {
    let mut link = api.runtime().server().link();
    let orders = api.runtime().partitions()[0].stream(Service::Order.writes());
    let asked = Instant::now();
    match timeout(PATIENCE, inspect::newest(&mut link, &orders, 1)).await {
        Ok(Ok(_)) => Ok(asked.elapsed().as_secs_f64() * 1000.0),
        Ok(Err(error)) => Err(error.into()),
        Err(_) => Err(Problem::unavailable(format!(
            "redis did not answer within {PATIENCE:?}"
        ))),
    }
}
