//! `streamward dead`: the dead letters.

use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::{Args, Subcommand, builder::NonEmptyStringValueParser};
use contracts::Service;
use serde_json::{Value, json};
use shop::{
    BadSetting,
    locate::Location,
    output::{self, Table},
};
use streamward::{
    clock,
    dead::{self, DeadLetter, Filter},
};

use super::entry_json;

const LISTED: usize = 1000;
const ALL: &str = "all";

#[derive(Debug, Args)]
pub(crate) struct DeadArgs {
    #[command(subcommand)]
    pub(crate) action: DeadAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DeadAction {
    /// List the dead letters of one service, or of all.
    List(ListArgs),
    /// Show one dead letter with every attempt's error.
    Show(ShowArgs),
    /// Return one dead letter to its service, or all that match the filters.
    Replay(SelectionArgs),
    /// Delete one dead letter, or all that match the filters.
    Discard(SelectionArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Service; all by default.
    service: Option<Service>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    filter: FilterArgs,
    #[command(flatten)]
    location: Location,
}

#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// Service of the dead letter.
    service: Service,
    /// Id of the dead letter.
    id: String,
    #[command(flatten)]
    location: Location,
}

/// A selection of dead letters: one by id, or many by filter.
#[derive(Debug, Args)]
pub(crate) struct SelectionArgs {
    /// Service of the dead letters.
    service: Service,
    /// Id of the dead letter, or `all`.
    id: String,
    #[command(flatten)]
    filter: FilterArgs,
    #[command(flatten)]
    location: Location,
}

/// Filters of dead letters; a letter must match all that are given.
#[derive(Debug, Args)]
struct FilterArgs {
    /// Only letters of this message type.
    #[arg(long = "type", value_name = "TYPE")]
    kind: Option<String>,
    /// Only letters with this key, for example an order's id.
    #[arg(long)]
    key: Option<String>,
    /// Only letters whose cause contains this text, ignoring case.
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    cause: Option<String>,
    /// Only letters that died at this time or later, for example 2026-01-31T12:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    since: Option<u64>,
    /// Only letters that died at this time or earlier.
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    until: Option<u64>,
}

impl FilterArgs {
    fn filter(&self) -> Filter {
        Filter {
            kind: self.kind.clone(),
            key: self.key.clone(),
            cause: self.cause.clone(),
            since_ms: self.since,
            until_ms: self.until,
        }
    }

    /// Returns the first flag that is set.
    fn first_flag(&self) -> Option<&'static str> {
        [
            ("--type", self.kind.is_some()),
            ("--key", self.key.is_some()),
            ("--cause", self.cause.is_some()),
            ("--since", self.since.is_some()),
            ("--until", self.until.is_some()),
        ]
        .into_iter()
        .find_map(|(name, is_set)| is_set.then_some(name))
    }
}

/// Parses an RFC 3339 time into Unix milliseconds.
fn parse_time(text: &str) -> Result<u64, String> {
    clock::parse_rfc3339(text)
        .ok_or_else(|| "expected an RFC 3339 time such as 2026-01-31T12:00:00Z".to_owned())
}

pub(crate) async fn run(action: DeadAction) -> Result<ExitCode> {
    match action {
        DeadAction::List(args) => list(&args).await,
        DeadAction::Show(args) => show(&args).await,
        DeadAction::Replay(args) => apply(Operation::Replay, &args).await,
        DeadAction::Discard(args) => apply(Operation::Discard, &args).await,
    }
}

/// An operation on dead letters.
#[derive(Clone, Copy, Debug)]
enum Operation {
    Replay,
    Discard,
}

fn letter_json(service: Service, letter: &DeadLetter) -> Value {
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
        "entry": entry_json(&letter.entry),
    })
}

async fn list(args: &ListArgs) -> Result<ExitCode> {
    let filter = args.filter.filter();
    let runtime = args.location.runtime().await?;
    let mut link = runtime.server().link();
    let mut letters = Vec::new();
    for partition in runtime.partitions() {
        for service in Service::ALL {
            if args.service.is_none_or(|wanted| wanted == service) {
                let name = service.name();
                let found = dead::find(&mut link, partition, name, &filter, LISTED).await?;
                letters.extend(found.into_iter().map(|letter| (service, letter)));
            }
        }
    }
    if args.json {
        let json = letters
            .iter()
            .map(|(service, letter)| letter_json(*service, letter));
        output::json(&json.collect::<Vec<_>>())?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut table = Table::new(["service", "id", "died", "type", "key", "attempts", "cause"]);
    for (service, letter) in &letters {
        let attempts = letter.attempts.len().to_string();
        let (kind, key) = (letter.entry.kind(), letter.entry.key());
        let (id, died, cause) = (&letter.id, &letter.at, &letter.cause);
        table.row([service.name(), id, died, kind, key, &attempts, cause]);
    }
    table.print();
    Ok(ExitCode::SUCCESS)
}

async fn show(args: &ShowArgs) -> Result<ExitCode> {
    let ShowArgs { service, id, .. } = args;
    let runtime = args.location.runtime().await?;
    let mut link = runtime.server().link();
    for partition in runtime.partitions() {
        if let Some(letter) = dead::show(&mut link, partition, service.name(), id).await? {
            output::json(&letter_json(*service, &letter))?;
            return Ok(ExitCode::SUCCESS);
        }
    }
    bail!("{service} has no dead letter {id}")
}

async fn apply(operation: Operation, args: &SelectionArgs) -> Result<ExitCode> {
    let SelectionArgs {
        service,
        id,
        filter,
        ..
    } = args;
    if id != ALL
        && let Some(flag) = filter.first_flag()
    {
        let problem = format!("needs `{ALL}` instead of the single dead letter {id}");
        return Err(BadSetting::new(flag, problem).into());
    }
    let runtime = args.location.runtime().await?;
    let mut link = runtime.server().link();
    let (filter, name) = (filter.filter(), service.name());
    let mut count = 0;
    for partition in runtime.partitions() {
        let link = &mut link;
        count += match (operation, id.as_str()) {
            (Operation::Replay, ALL) => {
                let all = dead::replay_all(link, partition, name, &filter, usize::MAX).await?;
                all.done
            }
            (Operation::Discard, ALL) => {
                let all = dead::discard_all(link, partition, name, &filter, usize::MAX).await?;
                all.done
            }
            (Operation::Replay, id) => usize::from(dead::replay(link, partition, name, id).await?),
            (Operation::Discard, id) => {
                usize::from(dead::discard(link, partition, name, id).await?)
            }
        };
    }
    if count == 0 && id != ALL {
        bail!("{service} has no dead letter {id}");
    }
    let done = match operation {
        Operation::Replay => "replayed",
        Operation::Discard => "discarded",
    };
    output::line(format!("{count} {done}"));
    Ok(ExitCode::SUCCESS)
}
