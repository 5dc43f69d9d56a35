//! Bulk replay of dead letters.

use axum::{
    Json as Answer,
    extract::{Path, State},
    http::StatusCode,
};
use contracts::Service;
use serde::Serialize;
use streamward::dead::{self, Bulk, Filter};
use utoipa::ToSchema;

use super::dead_letters::target;
use crate::{
    Api,
    auth::principal::Operator,
    http::{
        body::JsonBody,
        fields::{NotEmpty, Text, Time},
        page::Params,
        request_body::request_body,
    },
    openapi::params::PartitionQuery,
    problem::Problem,
};

/// Maximum number of letters per request, which keeps it well within its time limit.
const MOST: usize = 10_000;

request_body! {
    /// A filter of dead letters: those that match all members. `{}` matches all.
    pub(crate) struct DeadLetterFilter {
        /// The type of the event.
        kind as "type": Option<Text>, example = "OrderPlaced";
        /// The key of the event, an order's id mostly.
        key: Option<Text>;
        /// A part of the last error's text. Not empty: every error contains the empty text.
        cause: Option<NotEmpty>;
        since: Option<Time>;
        until: Option<Time>;
    }
}

impl From<DeadLetterFilter> for Filter {
    fn from(filter: DeadLetterFilter) -> Self {
        Self {
            kind: filter.kind,
            key: filter.key,
            cause: filter.cause,
            since_ms: filter.since,
            until_ms: filter.until,
        }
    }
}

/// The result of a bulk replay.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ReplayedMany)]
pub(crate) struct Replayed {
    group: &'static str,
    /// Number of letters.
    replayed: usize,
    /// Whether more letters match.
    has_more: bool,
}

/// Replays the dead letters of one partition that match the filter.
#[utoipa::path(
    post, path = "/v1/admin/dead/{group}/replay", tag = "operators", operation_id = "replayDeadLetters",
    security(("bearer" = ["operator", "admin"])),
    params(
        ("group" = inline(Service), Path, description = "The service, which its consumer group is named after."),
        PartitionQuery),
    request_body = DeadLetterFilter,
    responses((status = 202, description = "They are replayed.", body = Replayed)),
)]
pub(crate) async fn replay(
    State(api): State<Api>,
    _: Operator,
    Path(group): Path<String>,
    params: Params,
    body: JsonBody,
) -> Result<(StatusCode, Answer<Replayed>), Problem> {
    let (service, partition) = target(&api, &group, &params)?;
    let filter = body.read::<DeadLetterFilter>()?.into();
    let mut link = api.runtime.server().link();
    let Bulk { done, has_more } =
        dead::replay_all(&mut link, partition, service, &filter, MOST).await?;
    tracing::info!(service, ?filter, done, "operator replays dead letters");
    let answer = Replayed {
        group: service,
        replayed: done,
        has_more,
    };
    Ok((StatusCode::ACCEPTED, Answer(answer)))
}
