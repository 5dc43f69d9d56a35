//! `streamward dead`: the dead letters.

use std::process::ExitCode;

use anyhow::{Result, bail};
use contracts::Service;
use serde_json::{Value, json};
use streamward::{
    Partition, SharedConnection, clock,
    dead::{self, DeadLetter, Filter},
};

use super::tail::shown;
use clap::{Args as ClapArgs, Subcommand, builder::NonEmptyStringValueParser};
use shop::{
    locate::{self, Location},
    output::{self, Table},
    setting::BadSetting,
};

const LISTED: usize = 1000;
const ALL: &str = "all";

#[derive(Debug, ClapArgs)]
pub(crate) struct DeadArgs {
    #[command(subcommand)]
    pub(crate) action: DeadAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DeadAction {
    /// List the dead letters of one service, or of all.
    List {
        /// Which service.
        service: Option<Service>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        filter: FilterArgs,
        #[command(flatten)]
        place: Location,
    },
    /// Show one dead letter with every attempt's error.
    Show {
        /// Which service.
        service: Service,
        /// The letter's id.
        id: String,
        #[command(flatten)]
        place: Location,
    },
    /// Hand one dead letter back to its service, or all that the filters mean.
    Replay {
        #[command(flatten)]
        choice: Choice,
        #[command(flatten)]
        place: Location,
    },
    /// Delete one dead letter, or all that the filters mean.
    Discard {
        #[command(flatten)]
        choice: Choice,
        #[command(flatten)]
        place: Location,
    },
}

/// One dead letter, or many.
#[derive(Debug, ClapArgs)]
pub(crate) struct Choice {
    /// Which service.
    pub(crate) service: Service,
    /// The letter's id, or `all`.
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
}

/// Which dead letters are meant; those that all given filters fit.
#[derive(Debug, ClapArgs)]
pub(crate) struct FilterArgs {
    /// Only letters of this message type.
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) kind: Option<String>,
    /// Only letters with this key, for example an order's id.
    #[arg(long)]
    pub(crate) key: Option<String>,
    /// Only letters whose cause contains this, whatever the case.
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) cause: Option<String>,
    /// Only letters that died then or later, for example 2026-01-31T12:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) since: Option<u64>,
    /// Only letters that died then or earlier.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) until: Option<u64>,
}

impl FilterArgs {
    /// The filter that was asked for.
    pub(crate) fn filter(&self) -> Filter {
        Filter {
            kind: self.kind.clone(),
            key: self.key.clone(),
            cause: self.cause.clone(),
            since_ms: self.since,
            until_ms: self.until,
        }
    }

    /// The first filter that was given, as it is written on the command line.
    pub(crate) fn first(&self) -> Option<&'static str> {
        [
            ("--type", self.kind.is_some()),
            ("--key", self.key.is_some()),
            ("--cause", self.cause.is_some()),
            ("--since", self.since.is_some()),
            ("--until", self.until.is_some()),
        ]
        .into_iter()
        .find_map(|(name, is_given)| is_given.then_some(name))
    }
}

/// Unix milliseconds of an RFC 3339 time.
fn moment(text: &str) -> Result<u64, String> {
    clock::parse_rfc3339(text)
        .ok_or_else(|| "expected an RFC 3339 time such as 2026-01-31T12:00:00Z".to_owned())
}

pub(crate) async fn run(action: &DeadAction) -> Result<ExitCode> {
    match action {
        DeadAction::List {
            service,
            json,
            filter,
            place,
        } => list(*service, *json, filter, place).await,
        DeadAction::Show { service, id, place } => show(*service, id, place).await,
        DeadAction::Replay { choice, place } => settle(Deed::Replay, choice, place).await,
        DeadAction::Discard { choice, place } => settle(Deed::Discard, choice, place).await,
    }
}

/// What can be done to a dead letter.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Replay,
    Discard,
}

impl Deed {
    /// Does it to one letter; says how many there were.
    async fn to_one(
        self,
        link: &mut SharedConnection,
        partition: &Partition,
        service: &str,
        id: &str,
    ) -> Result<usize> {
        let was_there = match self {
            Self::Replay => dead::replay(link, partition, service, id).await?,
            Self::Discard => dead::discard(link, partition, service, id).await?,
        };
        Ok(usize::from(was_there))
    }

    /// Does it to every letter that the filter means; says how many there were.
    async fn to_all(
        self,
        link: &mut SharedConnection,
        partition: &Partition,
        service: &str,
        filter: &Filter,
    ) -> Result<usize> {
        let all = usize::MAX;
        let bulk = match self {
            Self::Replay => dead::replay_all(link, partition, service, filter, all).await?,
            Self::Discard => dead::discard_all(link, partition, service, filter, all).await?,
        };
        Ok(bulk.done)
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

async fn list(
    service: Option<Service>,
    json: bool,
    filter: &FilterArgs,
    place: &Location,
) -> Result<ExitCode> {
    let filter = filter.filter();
    let runtime = locate::runtime(place).await?;
    let mut link = runtime.server().link();
    let mut letters = Vec::new();
    for partition in runtime.partitions() {
        for one in Service::ALL
            .into_iter()
            .filter(|one| service.is_none_or(|it| it == *one))
        {
            let found = dead::find(&mut link, partition, one.name(), &filter, LISTED).await?;
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
    let mut table = Table::new(["service", "id", "died", "type", "key", "attempts", "cause"]);
    for (one, letter) in &letters {
        let attempts = letter.attempts.len().to_string();
        let (kind, key) = (letter.entry.kind(), letter.entry.key());
        let (id, died, cause) = (&letter.id, &letter.at, &letter.cause);
        table.row([one.name(), id, died, kind, key, &attempts, cause]);
    }
    table.print();
    Ok(ExitCode::SUCCESS)
}

async fn show(service: Service, id: &str, place: &Location) -> Result<ExitCode> {
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

async fn settle(deed: Deed, choice: &Choice, place: &Location) -> Result<ExitCode> {
    let Choice {
        service,
        id,
        filter,
    } = choice;
    if id != ALL
        && let Some(flag) = filter.first()
    {
        let problem = format!("cannot go with the single dead letter {id}; say `{ALL}` with it");
        return Err(BadSetting::new(flag, problem).into());
    }
    let runtime = locate::runtime(place).await?;
    let mut link = runtime.server().link();
    let (filter, name) = (filter.filter(), service.name());
    let mut count = 0;
    for partition in runtime.partitions() {
        count += match id.as_str() {
            ALL => deed.to_all(&mut link, partition, name, &filter).await?,
            one => deed.to_one(&mut link, partition, name, one).await?,
        };
    }
    if count == 0 && id != ALL {
        bail!("{service} has no dead letter {id}");
    }
    let done = match deed {
        Deed::Replay => "replayed",
        Deed::Discard => "discarded",
    };
    output::line(format!("{count} {done}"));
    Ok(ExitCode::SUCCESS)
}
