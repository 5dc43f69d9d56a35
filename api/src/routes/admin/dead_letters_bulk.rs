//! Many dead letters handed back at once: those that the body's filter means.

use axum::{
    Json as Answer,
    extract::{Path, State},
    http::StatusCode,
};
use serde::Serialize;
use serde_json::Value;
use streamward::{
    clock,
    dead::{self, Bulk, Filter},
};
use utoipa::ToSchema;

use super::dead_letters::place;
use crate::{
    Api,
    auth::principal::Operator,
    http::body::{At, Faults, Fields, Json},
    http::page::Params,
    openapi::{
        bodies::DeadLetterFilter,
        params::{GroupPath, PartitionQuery},
    },
    problem::Problem,
};

/// Letters handed back by one request at most, so that it ends well within its time limit.
const MOST: usize = 10_000;

/// What was handed back.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ReplayedMany)]
pub(crate) struct Replayed {
    group: &'static str,
    /// How many letters.
    replayed: usize,
    /// Whether the same request would find more.
    has_more: bool,
}

/// Hands back the letters of one partition that the body means; `{}` means all of them.
#[utoipa::path(
    post,
    path = "/v1/admin/dead/{group}/replay",
    tag = "operators",
    operation_id = "replayDeadLetters",
    security(("bearer" = ["operator", "admin"])),
    params(GroupPath, PartitionQuery),
    request_body = DeadLetterFilter,
    responses((status = 202, description = "They are handed back.", body = Replayed)),
)]
pub(crate) async fn replay(
    State(api): State<Api>,
    _: Operator,
    Path(group): Path<String>,
    params: Params,
    body: Json,
) -> Result<(StatusCode, Answer<Replayed>), Problem> {
    let (service, partition) = place(&api, &group, &params)?;
    let filter = filter(&body.value()?)?;
    let mut link = api.runtime().server().link();
    let Bulk { done, has_more } =
        dead::replay_all(&mut link, partition, service, &filter, MOST).await?;
    tracing::info!(service, ?filter, done, "an operator replays dead letters");
    let answer = Replayed {
        group: service,
        replayed: done,
        has_more,
    };
    Ok((StatusCode::ACCEPTED, Answer(answer)))
}

fn filter(body: &Value) -> Result<Filter, Problem> {
    let mut faults = Faults::default();
    let known = ["type", "key", "cause", "since", "until"];
    let Some(fields) = faults.object(body, At::Root, &known) else {
        return Err(faults.problem());
    };
    let mut equal = |name| faults.optional_text(&fields, name, |text| Ok(text.to_owned()));
    let (kind, key) = (equal("type"), equal("key"));
    let cause = faults.optional_text(&fields, "cause", |text| {
        // Every cause contains the empty one: whoever sends it has left something out.
        if text.is_empty() {
            Err("must not be empty".to_owned())
        } else {
            Ok(text.to_owned())
        }
    });
    let since_ms = time(&mut faults, &fields, "since");
    let until_ms = time(&mut faults, &fields, "until");
    faults.finish()?;
    Ok(Filter {
        kind,
        key,
        cause,
        since_ms,
        until_ms,
    })
}

fn time(faults: &mut Faults, fields: &Fields<'_>, name: &str) -> Option<u64> {
    faults.optional_text(fields, name, |text| {
        clock::parse_rfc3339(text)
            .ok_or_else(|| "must be an RFC 3339 time such as 2026-01-31T12:00:00Z".to_owned())
    })
}
