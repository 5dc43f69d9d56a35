//! Dead letters: listing, replaying and discarding them.

use axum::{Json, extract::Path, http::StatusCode};
use contracts::Service;
use serde::Serialize;
use serde_json::Value;
use store::EntryId;
use streamward::{
    Partition,
    dead::{self, Attempt, Bulk, DeadLetter, Filter},
    unpack,
};
use utoipa::ToSchema;

use crate::{
    Api,
    auth::principal::Operator,
    http::{
        JsonBody, Page, Params, cursor,
        fields::{NotEmpty, Text, Time},
        limit, no_content, request_body,
    },
    openapi::params::{EntriesQuery, PartitionQuery},
    problem::{ApiResult, JsonResult, Problem},
};

/// A dead letter: an entry that failed permanently.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = DeadLetter)]
pub(crate) struct LetterJson {
    id: String,
    /// The stream it was read from.
    stream: String,
    entry_id: String,
    /// Its id when it was first read; replays keep it.
    first_id: String,
    /// Its ids since then, one per replay.
    lineage: Vec<String>,
    cause: String,
    #[schema(format = DateTime)]
    at: String,
    deliveries: u32,
    attempts: Vec<Attempt>,
    #[serde(rename = "type")]
    kind: String,
    key: String,
    /// Null when it is not valid MessagePack.
    #[schema(value_type = Value)]
    data: Option<Value>,
}

/// Lists the dead letters of a service in one partition, oldest first.
#[utoipa::path(
    get, path = "/v1/admin/dead/{group}", tag = "operators", operation_id = "listDeadLetters",
    security(("bearer" = ["operator", "admin"])),
    params(
        ("group" = inline(Service), Path, description = "The service, which its consumer group is named after."),
        PartitionQuery, EntriesQuery),
    responses((status = 200, description = "A page of dead letters.", body = Page<LetterJson>)),
)]
pub(crate) async fn list(
    Operator(api): Operator,
    Path(group): Path<String>,
    params: Params,
) -> JsonResult<Page<LetterJson>> {
    let (service, partition) = target(&api, &group, &params)?;
    let limit = limit(&params)?;
    let after = cursor::<EntryId>(&params, "after")?.map(|id| id.to_string());
    let mut link = api.runtime.server().link();
    let found = dead::list(&mut link, partition, service, after.as_deref(), limit + 1).await?;
    let next = |letter: &DeadLetter| letter.id.clone();
    Ok(Json(Page::of(found, limit, next)))
}

/// A replayed dead letter.
#[derive(Serialize, ToSchema)]
pub(crate) struct Replayed {
    group: &'static str,
    id: String,
}

/// Replays a dead letter: its service handles it again.
#[utoipa::path(
    post, path = "/v1/admin/dead/{group}/{id}/replay", tag = "operators", operation_id = "replayDeadLetter",
    security(("bearer" = ["operator", "admin"])),
    params(
        ("group" = inline(Service), Path, description = "The service, which its consumer group is named after."),
        ("id" = String, Path, description = "The letter's id.", pattern = "^[0-9]{1,15}-[0-9]{1,9}$", example = "1700000000000-0"),
        PartitionQuery),
    responses((status = 202, description = "It is replayed.", body = Replayed)),
)]
pub(crate) async fn replay(
    Operator(api): Operator,
    Path((group, id)): Path<(String, String)>,
    params: Params,
) -> ApiResult<(StatusCode, Json<Replayed>)> {
    let (service, partition) = target(&api, &group, &params)?;
    let mut link = api.runtime.server().link();
    if !is_entry_id(&id) || !dead::replay(&mut link, partition, service, &id).await? {
        return Err(Problem::not_found());
    }
    tracing::info!(service, id, "operator replays a dead letter");
    let answer = Replayed { group: service, id };
    Ok((StatusCode::ACCEPTED, Json(answer)))
}

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
pub(crate) struct ReplayedMany {
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
    responses((status = 202, description = "They are replayed.", body = ReplayedMany)),
)]
pub(crate) async fn replay_all(
    Operator(api): Operator,
    Path(group): Path<String>,
    params: Params,
    body: JsonBody,
) -> ApiResult<(StatusCode, Json<ReplayedMany>)> {
    let (service, partition) = target(&api, &group, &params)?;
    let filter = body.read::<DeadLetterFilter>()?.into();
    let mut link = api.runtime.server().link();
    let Bulk { done, has_more } =
        dead::replay_all(&mut link, partition, service, &filter, MOST).await?;
    tracing::info!(service, ?filter, done, "operator replays dead letters");
    let answer = ReplayedMany {
        group: service,
        replayed: done,
        has_more,
    };
    Ok((StatusCode::ACCEPTED, Json(answer)))
}

/// Discards a dead letter.
#[utoipa::path(
    delete, path = "/v1/admin/dead/{group}/{id}", tag = "operators", operation_id = "discardDeadLetter",
    security(("bearer" = ["operator", "admin"])),
    params(
        ("group" = inline(Service), Path, description = "The service, which its consumer group is named after."),
        ("id" = String, Path, description = "The letter's id.", pattern = "^[0-9]{1,15}-[0-9]{1,9}$", example = "1700000000000-0"),
        PartitionQuery),
    responses((status = 204, description = "It is discarded.")),
)]
pub(crate) async fn discard(
    Operator(api): Operator,
    Path((group, id)): Path<(String, String)>,
    params: Params,
) -> ApiResult<StatusCode> {
    let (service, partition) = target(&api, &group, &params)?;
    let mut link = api.runtime.server().link();
    let discarded = is_entry_id(&id) && dead::discard(&mut link, partition, service, &id).await?;
    if discarded {
        tracing::info!(service, id, "operator discards a dead letter");
    }
    no_content(discarded)
}

/// Returns the service and the partition of a request.
fn target<'a>(
    api: &'a Api,
    group: &str,
    params: &Params,
) -> ApiResult<(&'static str, &'a Partition)> {
    let service: Service = group.parse().map_err(|_| Problem::not_found())?;
    let index = params
        .get("partition")
        .map_or(Ok(0), |text| text.parse::<u16>());
    let partition = index.ok().and_then(|index| api.runtime.partition(index));
    let refused = || Problem::parameter("partition", "partition must exist.");
    Ok((service.name(), partition.ok_or_else(refused)?))
}

/// Returns whether a text is an entry id; Redis would refuse any other.
fn is_entry_id(text: &str) -> bool {
    text.parse::<EntryId>().is_ok()
}

impl From<DeadLetter> for LetterJson {
    fn from(letter: DeadLetter) -> Self {
        Self {
            kind: letter.entry.kind().to_owned(),
            key: letter.entry.key().to_owned(),
            data: unpack(letter.entry.data()).ok(),
            id: letter.id,
            stream: letter.stream,
            entry_id: letter.entry_id,
            first_id: letter.first_id,
            lineage: letter.lineage,
            cause: letter.cause,
            at: letter.at,
            deliveries: letter.deliveries,
            attempts: letter.attempts,
        }
    }
}
