//! `streamward tail`: the entries of a stream, or of a context's topics in order, unpacked.

use std::{process::ExitCode, time::Duration};

use anyhow::{Result, bail};
use clap::{Args, value_parser};
use contracts::Topic;
use serde_json::Value;
use shop::{
    follower::Follower,
    locate::Location,
    output::{self, Colour, paint},
};
use streamward::{RawEntry, Runtime, inspect};

use super::entry_json;

/// Pause between two attempts while Redis is away.
const RETRY: Duration = Duration::from_millis(250);

#[derive(Debug, Args)]
pub(crate) struct TailArgs {
    /// Context to show, such as `orders`: its topics, merged by time; or a stream, such as
    /// `orders:confirmed` or `payment:inbox`; or a complete key.
    stream: String,
    /// Continue with new entries.
    #[arg(long, short)]
    follow: bool,
    /// Number of entries to start with.
    #[arg(long, short = 'n', default_value_t = 10, value_parser = value_parser!(u32).range(0..=100_000))]
    lines: u32,
    /// Print JSON, one entry per line.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    location: Location,
}

pub(crate) async fn run(args: &TailArgs) -> Result<ExitCode> {
    let runtime = args.location.runtime().await?;
    let mut link = runtime.server().link();
    let mut follower = Follower::new(&runtime)?;
    let lines = usize::try_from(args.lines)?;
    let (mut newest, mut exists) = (Vec::new(), false);
    for key in keys_of(&runtime, &args.stream) {
        exists |= inspect::stream(&mut link, &key).await?.is_some();
        newest.extend(follower.add(key, lines).await?);
    }
    if !exists && !args.follow {
        let name = &args.stream;
        bail!("there is no stream {name}; `streamward streams` lists them");
    }
    newest.sort_by(inspect::by_time);
    let shown = newest.len().saturating_sub(lines);
    newest[shown..]
        .iter()
        .for_each(|entry| print(entry, args.json));
    if !args.follow {
        return Ok(ExitCode::SUCCESS);
    }
    loop {
        match follower.next().await {
            Ok(entries) => entries.iter().for_each(|entry| print(entry, args.json)),
            // The log says once that Redis is away.
            Err(error) if error.passes() => tokio::time::sleep(RETRY).await,
            Err(error) => return Err(error.into()),
        }
    }
}

/// Returns a complete key unchanged, and the keys of a stream or a context's topics in every partition.
fn keys_of(runtime: &Runtime, name: &str) -> Vec<String> {
    if name.contains('{') {
        return vec![name.to_owned()];
    }
    let names = Topic::names_of(name);
    let partitions = runtime.partitions().iter();
    partitions
        .flat_map(|partition| names.iter().map(|name| partition.stream(name)))
        .collect()
}

fn print(entry: &RawEntry, as_json: bool) {
    let json = entry_json(entry);
    if as_json {
        return output::line(json.to_string());
    }
    let data = json.get("data").map_or_else(String::new, Value::to_string);
    let kind = paint(Colour::Green, entry.kind());
    let (id, at, key) = (&entry.id, entry.text("at"), entry.key());
    let data = paint(Colour::Grey, &data);
    output::line(format!("{id} {at} {kind} {key} {data}"));
}
