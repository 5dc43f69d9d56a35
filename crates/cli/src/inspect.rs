//! Tools that show the state of a shop.

pub(crate) mod audit;
pub(crate) mod dead;
pub(crate) mod order;
pub(crate) mod streams;
pub(crate) mod tail;
pub(crate) mod tree;
mod watch;

use clap::Args;
use serde_json::{Map, Value, json};
use shop::locate::Location;
use streamward::RawEntry;

pub(crate) use self::watch::WatchArgs;

#[derive(Debug, Args)]
pub(crate) struct JsonArgs {
    /// Print JSON of a stable shape.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    location: Location,
}

/// Returns a stream entry as JSON: its id, its readable fields, its unpacked data.
fn entry_json(entry: &RawEntry) -> Value {
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
