//! Dead letters: entries that failed permanently, with their original fields and every error.

mod filter;
mod many;

use redis::{Value, aio::ConnectionLike};
use serde::{Deserialize, Serialize};

pub use filter::Filter;
pub use many::{Bulk, discard_all, find, replay_all};

use crate::{entry::RawEntry, error::Result, keys::Partition, reply, scripts};

/// Largest id; Redis refuses a range that begins after it.
const LAST_ID: &str = "18446744073709551615-18446744073709551615";

/// A recorded error of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Attempt {
    /// 1 for the first.
    #[cfg_attr(feature = "utoipa", schema(minimum = 1))]
    pub attempt: u32,
    /// The cause, for people.
    pub error: String,
    /// RFC 3339.
    #[cfg_attr(feature = "utoipa", schema(format = DateTime))]
    pub at: String,
    /// The consumer that tried.
    pub consumer: String,
}

/// A dead letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// Its id among the dead letters.
    pub id: String,
    /// The key of the stream it was read from.
    pub stream: String,
    /// Its id there.
    pub entry_id: String,
    /// Its id when it was first read; survives replays.
    pub first_id: String,
    /// The ids it had among the dead letters before, oldest first.
    pub lineage: Vec<String>,
    /// Cause of death.
    pub cause: String,
    /// Time of death, RFC 3339.
    pub at: String,
    /// Number of deliveries.
    pub deliveries: u32,
    /// Every recorded error, oldest first.
    pub attempts: Vec<Attempt>,
    /// The entry as it was.
    pub entry: RawEntry,
}

impl DeadLetter {
    fn from_entry(raw: RawEntry) -> Self {
        let words = |field: &str| raw.text(field).to_owned();
        let lineage = raw
            .text("dead.lineage")
            .split_whitespace()
            .map(ToOwned::to_owned)
            .collect();
        let attempts = serde_json::from_str(raw.text("dead.attempts")).unwrap_or_default();
        let entry_id = words("dead.id");
        Self {
            stream: words("dead.stream"),
            first_id: words("dead.first"),
            lineage,
            cause: words("dead.cause"),
            at: words("dead.at"),
            deliveries: raw.text("dead.deliveries").parse().unwrap_or(0),
            attempts,
            entry: RawEntry {
                id: entry_id.clone(),
                fields: raw
                    .fields
                    .iter()
                    .filter(|(name, _)| !name.starts_with(b"dead."))
                    .cloned()
                    .collect(),
            },
            entry_id,
            id: raw.id,
        }
    }
}

/// The dead letters of `service`, oldest first, at most `limit` from `after` (exclusive) on.
///
/// # Errors
/// [`crate::Error::Redis`].
pub async fn list(
    link: &mut (impl ConnectionLike + Send),
    partition: &Partition,
    service: &str,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<DeadLetter>> {
    if after == Some(LAST_ID) {
        return Ok(Vec::new());
    }
    let from = after.map_or_else(|| "-".to_owned(), |id| format!("({id}"));
    let mut range = redis::cmd("XRANGE");
    range
        .arg(partition.dead(service))
        .arg(from)
        .arg("+")
        .arg("COUNT")
        .arg(limit);
    let value: Value = range.query_async(link).await?;
    Ok(reply::entries_of(value)
        .into_iter()
        .map(DeadLetter::from_entry)
        .collect())
}

/// The dead letter `id` of `service`.
///
/// # Errors
/// [`crate::Error::Redis`].
pub async fn show(
    link: &mut (impl ConnectionLike + Send),
    partition: &Partition,
    service: &str,
    id: &str,
) -> Result<Option<DeadLetter>> {
    let mut range = redis::cmd("XRANGE");
    range.arg(partition.dead(service)).arg(id).arg(id);
    let value: Value = range.query_async(link).await?;
    Ok(reply::entries_of(value)
        .into_iter()
        .map(DeadLetter::from_entry)
        .next())
}

/// Hands the dead letter `id` back to its service, once; returns whether it was there.
///
/// # Errors
/// [`crate::Error::Redis`].
pub async fn replay(
    link: &mut (impl ConnectionLike + Send),
    partition: &Partition,
    service: &str,
    id: &str,
) -> Result<bool> {
    let keys = [
        partition.dead(service),
        partition.inbox(service),
        partition.poison(service),
    ];
    let reply = scripts::REPLAY_DEAD_LETTER
        .call(&keys)
        .arg(id)
        .run(link)
        .await?;
    reply.is("REPLAYED", "ABSENT")
}

/// Deletes the dead letter `id`; returns whether it was there. If it was quarantined as poison, entries
/// like it are tried again.
///
/// # Errors
/// [`crate::Error::Redis`].
pub async fn discard(
    link: &mut (impl ConnectionLike + Send),
    partition: &Partition,
    service: &str,
    id: &str,
) -> Result<bool> {
    let keys = [partition.dead(service), partition.poison(service)];
    let reply = scripts::DISCARD_DEAD_LETTER
        .call(&keys)
        .arg(id)
        .run(link)
        .await?;
    reply.is("DISCARDED", "ABSENT")
}
