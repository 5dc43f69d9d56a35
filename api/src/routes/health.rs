//! How the process is, in words for operators.

use axum::{Json as Answer, extract::State};
use serde_json::{Value, json};
use store::audit::Verdict;
use streamward::clock;

use crate::{Api, caller::Operator, readiness::ping_ms};

/// The services are null where no tree is attached; `redis.pingMs` is null when it did not answer;
/// `audit` is null while no auditor has come to a verdict.
pub(super) async fn show(State(api): State<Api>, _: Operator) -> Answer<Value> {
    let ping_ms = ping_ms(api.runtime()).await.ok();
    let services = api.tree().map(|tree| {
        let children = tree.snapshot().children.into_iter();
        let child = |node: supervision::Node| {
            json!({
                "name": node.name,
                "state": node.state,
                "restarts": node.restarts,
                "lastExit": node.last_exit,
            })
        };
        children.map(child).collect::<Vec<_>>()
    });
    let audit = Verdict::last(api.runtime()).await.ok().flatten();
    let since_ms = api.since_ms();
    Answer(json!({
        "redis": { "pingMs": ping_ms },
        "since": clock::rfc3339(since_ms),
        "uptimeMs": clock::now_ms().saturating_sub(since_ms),
        "services": services,
        "catalog": {
            "products": api.catalog().len(),
            "stalenessMs": api.catalog().staleness_ms(),
            "toBeIndexed": api.catalog().rewritten(),
        },
        "audit": audit,
        "durability": api.settings().durability.to_string(),
    }))
}
