//! Stream entries: readable fields, and one packed one.
//!
//! ```text
//! type OrderPlaced   v 1   id 01J8..   key <order id>   at 2026-01-01T00:00:00.000Z   tp 00-..
//! data <MessagePack map>
//! ```
//!
//! Plain `redis-cli XRANGE` shows the readable fields; `lua/peek.lua` and `streamward tail` unpack `data`.

use std::cmp::Ordering;

use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    clock,
    error::{Error, Result},
    trace::TraceParent,
};

/// An entry of a stream: its id and its fields in their order.
///
/// Reading a field cannot fail, so that a malformed entry can still become a dead letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawEntry {
    /// The stream id `<ms>-<seq>`.
    pub id: String,
    /// Fields and values; a field may occur twice.
    pub fields: Vec<(Bytes, Bytes)>,
}

impl RawEntry {
    /// The first value of `field`.
    pub fn field(&self, field: &str) -> Option<&Bytes> {
        self.fields
            .iter()
            .find(|(name, _)| name == field.as_bytes())
            .map(|(_, value)| value)
    }

    /// The first value of `field` as text, or `""`.
    pub fn text(&self, field: &str) -> &str {
        self.field(field)
            .and_then(|value| std::str::from_utf8(value).ok())
            .unwrap_or_default()
    }

    /// The message type, or `""`.
    pub fn kind(&self) -> &str {
        self.text("type")
    }

    /// The schema version; an absent or unreadable one is 0, which no message has.
    pub fn version(&self) -> u32 {
        self.text("v").parse().unwrap_or(0)
    }

    /// Number of errors recorded before the entry came back through the delay queue.
    pub(crate) fn failed_before(&self) -> u32 {
        self.text("retry.attempts").parse().unwrap_or(0)
    }

    /// The key, for example an order id.
    pub fn key(&self) -> &str {
        self.text("key")
    }

    /// The packed message.
    pub fn data(&self) -> &[u8] {
        self.field("data").map_or(&[], |data| data)
    }

    /// The trace this entry belongs to.
    pub fn trace(&self) -> TraceParent {
        TraceParent::parse_or_start(self.text("tp").as_bytes())
    }
}

/// The readable fields that a script writes before `data` when it emits an event.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// Event id: unique, and sortable by time.
    pub id: String,
    /// RFC 3339 with milliseconds.
    pub at: String,
    /// W3C traceparent.
    pub tp: String,
}

impl Envelope {
    /// An envelope for an event caused by `cause` now.
    pub fn next(cause: TraceParent) -> Self {
        let now = clock::now_ms();
        Self {
            id: ulid::Ulid::from_parts(now, rand::random()).to_string(),
            at: clock::rfc3339(now),
            tp: cause.hop().to_string(),
        }
    }
}

/// Packs a message as a MessagePack map with named fields, which old and new readers both survive.
///
/// # Errors
/// [`Error::Pack`] when it holds something MessagePack has no place for.
pub fn pack<T: Serialize>(kind: &'static str, message: &T) -> Result<Vec<u8>> {
    rmp_serde::to_vec_named(message).map_err(|error| Error::Pack {
        kind,
        cause: error.to_string(),
    })
}

/// Packs a message whose last field is `()`, and leaves that field's value off, so that a script
/// can append an already packed value. Lets an event carry a stored document without unpacking it.
///
/// # Errors
/// [`Error::Pack`] as [`pack`], or when the last field is not `()`.
pub fn pack_head<T: Serialize>(kind: &'static str, message: &T) -> Result<Vec<u8>> {
    const NIL: u8 = 0xc0;
    let mut packed = pack(kind, message)?;
    match packed.pop() {
        Some(NIL) => Ok(packed),
        _ => Err(Error::Pack {
            kind,
            cause: "the last field of a head must be ()".to_owned(),
        }),
    }
}

/// Unpacks a message.
///
/// # Errors
/// The reason, for people, when the bytes are not a message of this type.
pub fn unpack<T: DeserializeOwned>(data: &[u8]) -> Result<T, String> {
    rmp_serde::from_slice(data).map_err(|error| error.to_string())
}

/// Returns the Unix milliseconds and the number of a stream id `<ms>-<seq>`; 0 for what is missing.
fn id_parts(id: &str) -> (u64, u64) {
    let (ms, seq) = id.split_once('-').unwrap_or((id, "0"));
    (ms.parse().unwrap_or(0), seq.parse().unwrap_or(0))
}

/// Returns the Unix milliseconds of a stream id; 0 for none.
pub(crate) fn written_ms(id: &str) -> u64 {
    id_parts(id).0
}

/// Orders stream ids `<ms>-<seq>` by age.
pub(crate) fn by_age(one: &str, two: &str) -> Ordering {
    id_parts(one).cmp(&id_parts(two))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, serde::Deserialize)]
    struct Doc {
        name: String,
    }

    #[derive(Debug, PartialEq, Serialize, serde::Deserialize)]
    struct Event<T> {
        order: u32,
        doc: T,
    }

    #[test]
    fn a_head_and_a_stored_document_make_a_message() {
        let doc = Doc {
            name: "Zoë".to_owned(),
        };
        let mut packed = pack_head("Event", &Event { order: 7, doc: () }).unwrap();
        packed.extend(pack("Doc", &doc).unwrap());
        assert_eq!(unpack::<Event<Doc>>(&packed), Ok(Event { order: 7, doc }));
    }

    #[test]
    fn a_head_without_an_open_end_is_refused() {
        assert!(pack_head("Event", &Event { order: 7, doc: 1 }).is_err());
    }

    #[test]
    fn an_entry_without_fields_reads_as_nothing() {
        let entry = RawEntry {
            id: "1-0".to_owned(),
            fields: Vec::new(),
        };
        assert_eq!(
            (entry.kind(), entry.version(), entry.data()),
            ("", 0, &[][..])
        );
    }
}
