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
            Some(entry_of(id, fields))
        })
        .collect()
}

/// `{number (1..), id, {field, value...}}`, the number counted from 0.
pub(crate) fn numbered_entry(value: Value) -> Option<(usize, RawEntry)> {
    let [number, id, fields] = <[Value; 3]>::try_from(array(value)).ok()?;
    let number = usize::try_from(count(&number)?.checked_sub(1)?).ok()?;
    Some((number, entry_of(id, fields)))
}

/// An entry with this id, of alternating fields and values.
pub(crate) fn entry_of(id: Value, fields: Value) -> RawEntry {
    let mut items = array(fields).into_iter().map(raw);
    let mut fields = Vec::with_capacity(items.len() / 2);
    while let (Some(name), Some(value)) = (items.next(), items.next()) {
        fields.push((name, value));
    }
    RawEntry {
        id: text(id),
        fields,
    }
}

/// Names and values, as XINFO answers.
pub(crate) struct Pairs(Vec<(String, Value)>);

impl Pairs {
    pub(crate) fn of(value: Value) -> Self {
        let Value::Map(pairs) = value else {
            let mut items = array(value).into_iter();
            let pair = || Some((text(items.next()?), items.next()?));
            return Self(std::iter::from_fn(pair).collect());
        };
        let named = pairs.into_iter().map(|(name, value)| (text(name), value));
        Self(named.collect())
    }

    fn value(&self, name: &str) -> Option<&Value> {
        let mut pairs = self.0.iter();
        pairs
            .find(|(found, _)| found == name)
            .map(|(_, value)| value)
    }

    /// The value as text, or `""`.
    pub(crate) fn text(&self, name: &str) -> String {
        self.value(name).cloned().map(text).unwrap_or_default()
    }

    /// The value as a count, if it is known.
    pub(crate) fn count(&self, name: &str) -> Option<u64> {
        self.value(name).and_then(count)
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
