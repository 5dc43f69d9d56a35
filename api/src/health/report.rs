//! The health report for operators.

use axum::Json;
use serde::Serialize;
use store::audit::Verdict;
use streamward::clock;
use supervision::{Node, NodeState};
use utoipa::ToSchema;

use crate::auth::principal::Operator;

/// Health of the process and its dependencies.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Health {
    redis: RedisHealth,
    /// Time at which the API of the process was opened.
    #[schema(format = DateTime)]
    since: String,
    uptime_ms: u64,
    /// Null without a supervision tree.
    services: Option<Vec<ServiceHealth>>,
    catalog: CatalogHealth,
    /// Null before the first audit has finished.
    audit: Option<Verdict>,
    durability: String,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct RedisHealth {
    /// Milliseconds of a small write; null when it failed.
    ping_ms: Option<f64>,
    /// Milliseconds by which its clock is ahead of this machine's; 0 while they agree.
    clock_skew_ms: i64,
    /// The known outage; null while there is none.
    outage: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct ServiceHealth {
    name: String,
    state: NodeState,
    restarts: u32,
    last_exit: Option<String>,
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct CatalogHealth {
    products: usize,
    /// Milliseconds since the read model was last current.
    staleness_ms: u64,
    /// Products that the search index does not have in their current version.
    to_be_indexed: usize,
}

/// Shows the health of the process and its dependencies.
#[utoipa::path(
    get, path = "/v1/admin/health", tag = "operators", operation_id = "showHealth",
    security(("bearer" = ["operator", "admin"])),
    responses((status = 200, description = "The health report.", body = Health)),
)]
pub(crate) async fn show(Operator(api): Operator) -> Json<Health> {
    let ping_ms = api.readiness.probe_ms(&api.runtime).await.ok();
    let services = api.tree().map(|tree| {
        let children = tree.snapshot().children.into_iter();
        let child = |node: Node| ServiceHealth {
            name: node.name,
            state: node.state,
            restarts: node.restarts,
            last_exit: node.last_exit,
        };
        children.map(child).collect()
    });
    let audit = Verdict::last(&api.runtime).await.ok().flatten();
    let since_ms = api.since_ms;
    Json(Health {
        redis: RedisHealth {
            ping_ms,
            clock_skew_ms: clock::skew_ms(),
            outage: api.runtime.server().outage(),
        },
        since: clock::rfc3339(since_ms),
        uptime_ms: clock::now_ms().saturating_sub(since_ms),
        services,
        catalog: CatalogHealth {
            products: api.catalog.len(),
            staleness_ms: api.catalog.staleness_ms(),
            to_be_indexed: api.catalog.rewritten(),
        },
        audit,
        durability: api.settings.durability.to_string(),
    })
}
