//! Dead letters: seeing them, handing them back, giving them up.

use axum::{
    Json as Answer,
    extract::{Path, State},
    http::StatusCode,
};
use contracts::Service;
use serde::Serialize;
use serde_json::{Value, json};
use streamward::{
    Partition,
    dead::{self, Attempt, DeadLetter},
    unpack,
};

use crate::{
    Api,
    caller::Operator,
    page::{Page, Params, limit},
    problem::Problem,
};

/// A dead letter in JSON; `data` is null when it is no MessagePack.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LetterJson {
    id: String,
    stream: String,
    entry_id: String,
    first_id: String,
    lineage: Vec<String>,
    cause: String,
    at: String,
    deliveries: u32,
    attempts: Vec<Attempt>,
    #[serde(rename = "type")]
    kind: String,
    key: String,
    data: Option<Value>,
}

/// The letters of one partition, oldest first; `?partition=` says which one, 0 by default.
pub(super) async fn list(
    State(api): State<Api>,
    _: Operator,
    Path(group): Path<String>,
    params: Params,
) -> Result<Answer<Page<LetterJson>>, Problem> {
    let (service, partition) = place(&api, &group, &params)?;
    let limit = limit(&params)?;
    let after = params
        .get("after")
        .map(String::as_str)
        .filter(|id| !id.is_empty());
    if after.is_some_and(|id| !is_entry_id(id)) {
        return Err(Problem::parameter(
            "after",
            "after must be the id of a dead letter.",
        ));
    }
    let mut link = api.runtime().server().link();
    let mut found = dead::list(&mut link, partition, service, after, limit + 1).await?;
    let has_more = found.len() > limit;
    found.truncate(limit);
    let next = found
        .last()
        .filter(|_| has_more)
        .map(|letter| letter.id.clone());
    Ok(Answer(Page {
        data: found.into_iter().map(letter).collect(),
        has_more,
        next,
    }))
}

/// Hands a letter back to its service, once.
pub(super) async fn replay(
    State(api): State<Api>,
    _: Operator,
    Path((group, id)): Path<(String, String)>,
    params: Params,
) -> Result<(StatusCode, Answer<Value>), Problem> {
    let (service, partition) = place(&api, &group, &params)?;
    let mut link = api.runtime().server().link();
    if is_entry_id(&id) && dead::replay(&mut link, partition, service, &id).await? {
        tracing::info!(service, id, "an operator replays a dead letter");
        Ok((
            StatusCode::ACCEPTED,
            Answer(json!({ "group": service, "id": id })),
        ))
    } else {
        Err(Problem::not_found())
    }
}

/// Deletes a letter for good.
pub(super) async fn discard(
    State(api): State<Api>,
    _: Operator,
    Path((group, id)): Path<(String, String)>,
    params: Params,
) -> Result<StatusCode, Problem> {
    let (service, partition) = place(&api, &group, &params)?;
    let mut link = api.runtime().server().link();
    if is_entry_id(&id) && dead::discard(&mut link, partition, service, &id).await? {
        tracing::info!(service, id, "an operator discards a dead letter");
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::not_found())
    }
}

/// The service and the partition that a request is about.
pub(super) fn place<'a>(
    api: &'a Api,
    group: &str,
    params: &Params,
) -> Result<(&'static str, &'a Partition), Problem> {
    let service: Service = group.parse().map_err(|_| Problem::not_found())?;
    let index = params
        .get("partition")
        .map_or(Ok(0), |text| text.parse::<u16>());
    let partition = index.ok().and_then(|index| api.runtime().partition(index));
    let refused = || Problem::parameter("partition", "partition must be one that the shop has.");
    Ok((service.name(), partition.ok_or_else(refused)?))
}

/// `<ms>-<seq>`; Redis refuses anything else, and that would look like a failure of ours.
fn is_entry_id(text: &str) -> bool {
    let number =
        |part: &str| part.bytes().all(|b| b.is_ascii_digit()) && part.parse::<u64>().is_ok();
    text.split_once('-')
        .is_some_and(|(ms, sequence)| number(ms) && number(sequence))
}

fn letter(letter: DeadLetter) -> LetterJson {
    LetterJson {
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
