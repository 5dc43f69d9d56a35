//! `streamward tail`: the entries of a stream, unpacked.

use std::{process::ExitCode, time::Duration};

use anyhow::{Result, bail};
use serde_json::{Map, Value, json};
use streamward::{RawEntry, Runtime, inspect};

use clap::Args as ClapArgs;
use shop::{
    locate::{self, Location},
    output::{self, Colour, paint},
};

const BLOCK_MS: u64 = 1000;

#[derive(Debug, ClapArgs)]
pub(crate) struct TailArgs {
    /// The stream: `orders`, `payment:inbox`, or a whole key.
    pub(crate) stream: String,
    /// Go on with what comes.
    #[arg(long, short)]
    pub(crate) follow: bool,
    /// How many entries to start with.
    #[arg(long, short = 'n', default_value_t = 10)]
    pub(crate) lines: usize,
    /// Print JSON, one entry a line.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: Location,
}

pub(crate) async fn run(args: &TailArgs) -> Result<ExitCode> {
    let runtime = locate::runtime(&args.place).await?;
    let keys = keys_of(&runtime, &args.stream);
    let mut link = runtime.server().link();
    let mut after = Vec::with_capacity(keys.len());
    for key in keys {
        if inspect::stream(&mut link, &key).await?.is_none() && !args.follow {
            bail!("there is no stream {key}; `streamward streams` lists them");
        }
        let entries = inspect::newest(&mut link, &key, args.lines).await?;
        entries.iter().for_each(|entry| print(entry, args.json));
        let last = entries
            .last()
            .map_or_else(|| "0-0".to_owned(), |entry| entry.id.clone());
        after.push((key, last));
    }
    if args.follow {
        follow(&runtime, after, args.json).await?;
    }
    Ok(ExitCode::SUCCESS)
}

/// A whole key is taken as it is; a name is looked up in every partition.
fn keys_of(runtime: &Runtime, name: &str) -> Vec<String> {
    if name.contains('{') {
        return vec![name.to_owned()];
    }
    let parts: Vec<&str> = name.split(':').collect();
    runtime
        .partitions()
        .iter()
        .map(|partition| partition.key(&parts))
        .collect()
}

async fn follow(runtime: &Runtime, mut after: Vec<(String, String)>, as_json: bool) -> Result<()> {
    let patience = Duration::from_millis(BLOCK_MS * 5);
    let mut connection = runtime.server().dedicated(patience).await?;
    loop {
        for (key, entries) in inspect::follow(&mut connection, &after, BLOCK_MS).await? {
            entries.iter().for_each(|entry| print(entry, as_json));
            if let (Some(last), Some(seen)) = (
                entries.last(),
                after.iter_mut().find(|(known, _)| *known == key),
            ) {
                seen.1.clone_from(&last.id);
            }
        }
    }
}

/// An entry as JSON: its id, its readable fields, its unpacked data.
pub(super) fn shown(entry: &RawEntry) -> Value {
    let mut fields = Map::new();
    fields.insert("entry".to_owned(), json!(entry.id));
    for (name, value) in &entry.fields {
        let name = String::from_utf8_lossy(name).into_owned();
        let value = if name == "data" {
            let unpacked = streamward::unpack::<Value>(value);
            unpacked.unwrap_or_else(|problem| json!({ "undecodable": problem }))
        } else {
            json!(String::from_utf8_lossy(value))
        };
        fields.insert(name, value);
    }
    Value::Object(fields)
}

fn print(entry: &RawEntry, as_json: bool) {
    let shown = shown(entry);
    if as_json {
        return output::line(shown.to_string());
    }
    let data = shown.get("data").map_or_else(String::new, Value::to_string);
    let kind = paint(Colour::Green, entry.kind());
    let (at, key) = (entry.text("at"), entry.key());
    output::line(format!(
        "{} {at} {kind} {key} {}",
        entry.id,
        paint(Colour::Grey, &data)
    ));
}
