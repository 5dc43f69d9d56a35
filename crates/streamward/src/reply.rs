//! Reads stream replies without copying payloads and without losing field order or duplicates.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "values are an open set; what a stream reply cannot hold reads as nothing"
)]

use bytes::Bytes;
use redis::Value;

use crate::entry::RawEntry;

/// Entries by stream key, as XREADGROUP answers. An entry that was deleted has no fields.
pub(crate) fn read_entries(value: Value) -> Vec<(String, Vec<RawEntry>)> {
    match value {
        // RESP3 answers with a map.
        Value::Map(streams) => streams
            .into_iter()
            .map(|(stream, entries)| (text(stream), entries_of(entries)))
            .collect(),
        other => array(other)
            .into_iter()
            .filter_map(|pair| {
                let [stream, entries] = <[Value; 2]>::try_from(array(pair)).ok()?;
                Some((text(stream), entries_of(entries)))
            })
            .collect(),
    }
}

/// Entries as XRANGE answers.
pub(crate) fn entries_of(value: Value) -> Vec<RawEntry> {
    array(value)
        .into_iter()
        .filter_map(|entry| {
            let [id, fields] = <[Value; 2]>::try_from(array(entry)).ok()?;
            Some(RawEntry {
                id: text(id),
                fields: fields_of(fields),
            })
        })
        .collect()
}

/// `{number (1..), id, {field, value...}}`, the number counted from 0.
pub(crate) fn numbered_entry(value: Value) -> Option<(usize, RawEntry)> {
    let [number, id, fields] = <[Value; 3]>::try_from(array(value)).ok()?;
    let number = usize::try_from(count(&number)?.checked_sub(1)?).ok()?;
    let entry = RawEntry {
        id: text(id),
        fields: fields_of(fields),
    };
    Some((number, entry))
}

/// Alternating fields and values.
pub(crate) fn fields_of(value: Value) -> Vec<(Bytes, Bytes)> {
    let mut items = array(value).into_iter().map(raw);
    let mut fields = Vec::with_capacity(items.len() / 2);
    while let (Some(name), Some(value)) = (items.next(), items.next()) {
        fields.push((name, value));
    }
    fields
}

/// Alternating names and values as XINFO answers, flattened for look-up.
pub(crate) fn pairs_of(value: Value) -> Vec<(String, Value)> {
    match value {
        Value::Map(pairs) => pairs
            .into_iter()
            .map(|(name, value)| (text(name), value))
            .collect(),
        other => {
            let mut items = array(other).into_iter();
            let mut pairs = Vec::with_capacity(items.len() / 2);
            while let (Some(name), Some(value)) = (items.next(), items.next()) {
                pairs.push((text(name), value));
            }
            pairs
        }
    }
}

/// The items of an array; nothing for anything else.
pub(crate) fn array(value: Value) -> Vec<Value> {
    match value {
        Value::Array(items) | Value::Set(items) => items,
        _ => Vec::new(),
    }
}

fn raw(value: Value) -> Bytes {
    match value {
        Value::BulkString(bytes) => bytes.into(),
        other => text(other).into_bytes().into(),
    }
}

/// A value as text; `""` for what has no text.
pub(crate) fn text(value: Value) -> String {
    match value {
        Value::BulkString(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Value::SimpleString(text) => text,
        Value::Int(number) => number.to_string(),
        _ => String::new(),
    }
}

/// A value as a count; `None` for nil, which XINFO answers when it does not know.
pub(crate) fn count(value: &Value) -> Option<u64> {
    match value {
        Value::Int(number) => u64::try_from(*number).ok(),
        Value::BulkString(bytes) => std::str::from_utf8(bytes).ok()?.parse().ok(),
        _ => None,
    }
}
