//! Everything that can be seen on a server, in one form for both sides.

use redis::Value;
use serde_json::Value as Json;

use crate::protocol::model::{Model, Name, Postponed, Stream, bulk, int, list};

const DAY: u64 = 24 * 3600 * 1000;
pub(super) const HALF_AN_HOUR: u64 = 1800 * 1000;

/// Values under each key.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Visible(Vec<(Name, Value)>);

impl Visible {
    /// Values in the model.
    pub(super) fn of_model(model: &Model, keys: &[Name]) -> Self {
        let under = |key: &Name| (key.clone(), canonical_value(shown(model, key)));
        Self(keys.iter().map(under).collect())
    }

    /// Values in the answer of a server that had this time at its start.
    pub(super) fn of_server(keys: &[Name], answer: Vec<Value>, started: u64) -> Self {
        let under = |(key, value): (&Name, Value)| {
            let value = without_clock(value, started);
            (key.clone(), canonical_value(value))
        };
        Self(keys.iter().zip(answer).map(under).collect())
    }

    /// Differences, for people.
    pub(super) fn difference(&self, model: &Self) -> String {
        let both = self.0.iter().zip(&model.0).filter(|(a, b)| a != b);
        both.map(|((key, server), (_, model))| {
            format!("{key}\n  server: {server:?}\n  model:  {model:?}\n")
        })
        .collect()
    }
}

fn shown(model: &Model, key: &Name) -> Value {
    let pairs = |items: Vec<(&String, Value)>| {
        list(
            items
                .into_iter()
                .map(|(name, value)| list([bulk(name), value])),
        )
    };
    if let Some(stream) = model.streams.get(key) {
        return shown_stream(model, stream);
    }
    if let Some(hash) = model.hashes.get(key).filter(|hash| !hash.is_empty()) {
        let items = hash.iter().map(|(field, value)| (field, bulk(value)));
        return list([bulk("hash"), pairs(items.collect())]);
    }
    if let Some(sorted) = model.sorted.get(key).filter(|sorted| !sorted.is_empty()) {
        let items = sorted
            .iter()
            .map(|(member, score)| (member, bulk(when(*score, model.now))));
        return list([bulk("zset"), pairs(items.collect())]);
    }
    match model.get(key) {
        Some(value) => list([bulk("string"), bulk(value)]),
        None => list([bulk("none")]),
    }
}

fn shown_stream(model: &Model, stream: &Stream) -> Value {
    let entries = stream.entries.iter().map(|(id, fields)| {
        let flat = fields
            .iter()
            .flat_map(|(name, value)| [bulk(name), bulk(value)]);
        list([bulk(id.to_string()), list(flat)])
    });
    let groups = stream.groups.iter().map(|(name, group)| {
        let pending = group.pending.iter().map(|(id, pending)| {
            let idle = (model.now - pending.since) / HALF_AN_HOUR;
            list([
                bulk(id.to_string()),
                bulk(&*pending.owner),
                int(idle),
                int(pending.count),
            ])
        });
        let consumers = group.consumers.iter().map(|consumer| bulk(&**consumer));
        list([
            bulk(&**name),
            bulk(group.last.to_string()),
            list(consumers),
            list(pending),
        ])
    });
    list([
        bulk("stream"),
        bulk(stream.last.to_string()),
        list(entries),
        list(groups),
    ])
}

/// A score that a script took from its clock is only known about.
fn when(score: u64, started: u64) -> String {
    if score.abs_diff(started) < DAY {
        format!("soon, {}", score.saturating_sub(started) / HALF_AN_HOUR)
    } else {
        score.to_string()
    }
}

fn without_clock(value: Value, started: u64) -> Value {
    let Value::Array(mut parts) = value else {
        return value;
    };
    if parts.first() == Some(&bulk("zset"))
        && let Some(Value::Array(pairs)) = parts.get_mut(1)
    {
        for pair in pairs {
            let (member, score): (Vec<u8>, u64) =
                redis::from_redis_value(pair.clone()).expect("a member and its score");
            *pair = list([bulk(member), bulk(when(score, started))]);
        }
    }
    Value::Array(parts)
}

/// Of how late a job was only whether it was.
pub(super) fn without_lateness(value: Value) -> Value {
    let Value::Array(mut parts) = value else {
        return value;
    };
    if parts.first() == Some(&bulk("PROMOTED")) {
        for part in &mut parts[2..] {
            if let Value::Int(milliseconds) = part {
                *part = Value::Int((*milliseconds).clamp(-1, 1));
            }
        }
    }
    Value::Array(parts)
}

/// JSON with its names in order, packed data unpacked.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "a value without bytes has one form only"
)]
pub(super) fn canonical_value(value: Value) -> Value {
    match value {
        Value::Array(items) => list(items.into_iter().map(canonical_value)),
        Value::BulkString(bytes) => canonical_bytes(bytes),
        other => other,
    }
}

fn canonical_bytes(bytes: Vec<u8>) -> Value {
    if bytes.first() == Some(&b'[')
        && let Ok(json) = serde_json::from_slice::<Json>(&bytes)
    {
        return bulk(json.to_string());
    }
    match Postponed::unpack(&bytes) {
        Some(entry) => list([
            bulk(entry.first),
            canonical_bytes(entry.history),
            list(entry.fields.into_iter().map(bulk)),
        ]),
        None => bulk(bytes),
    }
}
