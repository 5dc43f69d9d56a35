//! `streamward dead`: the dead letters.

use std::process::ExitCode;

use anyhow::{Result, bail};
use contracts::Service;
use serde_json::{Value, json};
use streamward::{
    Link, Partition,
    dead::{self, DeadLetter},
};

use super::tail::shown;
use crate::{
    args::{DeadAction, Where},
    locate,
    output::{self, Table},
};

const LISTED: usize = 1000;
const ALL: &str = "all";

pub(crate) async fn run(action: &DeadAction) -> Result<ExitCode> {
    match action {
        DeadAction::List {
            service,
            json,
            place,
        } => list(*service, *json, place).await,
        DeadAction::Show { service, id, place } => show(*service, id, place).await,
        DeadAction::Replay { service, id, place } => {
            each(
                *service,
                id,
                place,
                "replayed",
                async |link, partition, service, id| {
                    dead::replay(link, partition, service, id).await
                },
            )
            .await
        }
        DeadAction::Discard { service, id, place } => {
            each(
                *service,
                id,
                place,
                "discarded",
                async |link, partition, service, id| {
                    dead::discard(link, partition, service, id).await
                },
            )
            .await
        }
    }
}

fn as_json(service: Service, letter: &DeadLetter) -> Value {
    json!({
        "service": service.name(),
        "id": letter.id,
        "stream": letter.stream,
        "entryId": letter.entry_id,
        "firstId": letter.first_id,
        "lineage": letter.lineage,
        "cause": letter.cause,
        "at": letter.at,
        "deliveries": letter.deliveries,
        "attempts": letter.attempts,
        "entry": shown(&letter.entry),
    })
}

async fn list(service: Option<Service>, json: bool, place: &Where) -> Result<ExitCode> {
    let runtime = locate::runtime(place).await?;
    let mut link = runtime.server().link();
    let mut letters = Vec::new();
    for partition in runtime.partitions() {
        for one in Service::ALL
            .into_iter()
            .filter(|one| service.is_none_or(|it| it == *one))
        {
            let found = dead::list(&mut link, partition, one.name(), None, LISTED).await?;
            letters.extend(found.into_iter().map(|letter| (one, letter)));
        }
    }
    if json {
        let all: Vec<Value> = letters
            .iter()
            .map(|(one, letter)| as_json(*one, letter))
            .collect();
        output::json(&all)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut table = Table::new(["service", "id", "type", "key", "attempts", "cause"]);
    for (one, letter) in &letters {
        let attempts = letter.attempts.len().to_string();
        let (kind, key) = (letter.entry.kind(), letter.entry.key());
        table.row([one.name(), &letter.id, kind, key, &attempts, &letter.cause]);
    }
    table.print();
    Ok(ExitCode::SUCCESS)
}

async fn show(service: Service, id: &str, place: &Where) -> Result<ExitCode> {
    let runtime = locate::runtime(place).await?;
    let mut link = runtime.server().link();
    for partition in runtime.partitions() {
        if let Some(letter) = dead::show(&mut link, partition, service.name(), id).await? {
            output::json(&as_json(service, &letter))?;
            return Ok(ExitCode::SUCCESS);
        }
    }
    bail!("{service} has no dead letter {id}")
}

/// Every letter there is now; those that die again meanwhile are for the next time.
async fn all_ids(link: &mut Link, partition: &Partition, service: Service) -> Result<Vec<String>> {
    let mut ids: Vec<String> = Vec::new();
    loop {
        let after = ids.last().cloned();
        let found = dead::list(link, partition, service.name(), after.as_deref(), LISTED).await?;
        let is_last = found.len() < LISTED;
        ids.extend(found.into_iter().map(|letter| letter.id));
        if is_last {
            return Ok(ids);
        }
    }
}

async fn each(
    service: Service,
    id: &str,
    place: &Where,
    done: &str,
    act: impl AsyncFn(&mut Link, &Partition, &str, &str) -> streamward::Result<bool>,
) -> Result<ExitCode> {
    let runtime = locate::runtime(place).await?;
    let mut link = runtime.server().link();
    let mut count = 0;
    for partition in runtime.partitions() {
        let ids = match id {
            ALL => all_ids(&mut link, partition, service).await?,
            one => vec![one.to_owned()],
        };
        for id in ids {
            count += usize::from(act(&mut link, partition, service.name(), &id).await?);
        }
    }
    if count == 0 && id != ALL {
        bail!("{service} has no dead letter {id}");
    }
    output::line(format!("{count} {done}"));
    Ok(ExitCode::SUCCESS)
}
