//! Inspection of streams and their groups.

use std::cmp::Ordering;

use redis::{Value, aio::ConnectionLike};
use serde::Serialize;

use crate::{
    clock,
    entry::{self, RawEntry},
    error::Result,
    keys::PARKING,
    reply::{self, Pairs},
    scripts,
};

/// Entries counted by hand at most.
const LARGEST_COUNT: u64 = 10_000;

/// State of a stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema), schema(as = Stream))]
pub struct StreamInfo {
    /// Key of the stream.
    #[cfg_attr(feature = "utoipa", schema(example = "sw:{0}:orders:placed"))]
    pub stream: String,
    /// Entries in it, with settled ones that are kept for inspection.
    pub length: u64,
    /// The newest id ever given.
    pub last_id: String,
    /// Groups of the stream.
    pub groups: Vec<GroupInfo>,
}

/// State of a group of a stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema), schema(as = Group))]
pub struct GroupInfo {
    /// Name of the group.
    pub group: String,
    /// Entries not yet delivered. The server does not always know; then up to 10,000 are counted,
    /// and beyond that it is `null`, which is not 0.
    pub lag: Option<u64>,
    /// Entries delivered and not settled, backing-off ones included.
    pub pending: u64,
    /// Entries that back off.
    pub parked: u64,
    /// Consumers that have a name in the group, the parking one excluded.
    pub consumers: u64,
    /// Milliseconds since the oldest pending entry was written.
    pub oldest_pending_ms: Option<u64>,
}

impl GroupInfo {
    /// Backlog of the group in entries; a lower bound when the lag is unknown.
    pub fn behind(&self) -> u64 {
        self.lag.unwrap_or(LARGEST_COUNT) + self.pending
    }
}

/// Returns the backlog of the slowest group of these streams, in entries; 0 without a group.
///
/// The streams must share a hash slot. A lag that the server does not know is counted up to 1,000
/// entries, and the length of the stream stands for a longer one.
///
/// # Errors
/// [`crate::Error::Redis`].
pub async fn backlog<S: AsRef<str>>(
    link: &mut (impl ConnectionLike + Send),
    keys: &[S],
) -> Result<u64> {
    let reply = scripts::READ_BACKLOG.call(keys).run(link).await?;
    reply.tagged("READ")?.take()
}

/// Reads the state of a stream; `None` when it does not exist.
///
/// # Errors
/// [`crate::Error::Redis`].
pub async fn stream(
    link: &mut (impl ConnectionLike + Send),
    key: &str,
) -> Result<Option<StreamInfo>> {
    let exists: bool = redis::cmd("EXISTS").arg(key).query_async(link).await?;
    if !exists {
        return Ok(None);
    }
    let mut pipe = redis::pipe();
    pipe.cmd("XINFO")
        .arg("STREAM")
        .arg(key)
        .cmd("XINFO")
        .arg("GROUPS")
        .arg(key);
    let (info, groups): (Value, Vec<Value>) = pipe.query_async(link).await?;
    let info = Pairs::of(info);
    let mut found = StreamInfo {
        stream: key.to_owned(),
        length: info.count("length").unwrap_or(0),
        last_id: info.text("last-generated-id"),
        groups: Vec::with_capacity(groups.len()),
    };
    for info in groups {
        found.groups.push(group(link, key, &Pairs::of(info)).await?);
    }
    Ok(Some(found))
}

async fn group(
    link: &mut (impl ConnectionLike + Send),
    key: &str,
    info: &Pairs,
) -> Result<GroupInfo> {
    let name = info.text("name");
    let mut pipe = redis::pipe();
    pipe.cmd("XPENDING")
        .arg(key)
        .arg(&name)
        .cmd("XINFO")
        .arg("CONSUMERS")
        .arg(key)
        .arg(&name);
    let (pending, consumers): (Value, Vec<Value>) = pipe.query_async(link).await?;
    let oldest = reply::array(pending)
        .into_iter()
        .nth(1)
        .map(reply::text)
        .unwrap_or_default();
    let born = oldest
        .split_once('-')
        .and_then(|(ms, _)| ms.parse::<u64>().ok());
    let (mut parked, mut named) = (0, 0);
    for consumer in consumers {
        let consumer = Pairs::of(consumer);
        if consumer.text("name") == PARKING {
            parked = consumer.count("pending").unwrap_or(0);
        } else {
            named += 1;
        }
    }
    let lag = match info.count("lag") {
        None => count_after(link, key, info.text("last-delivered-id")).await?,
        known => known,
    };
    Ok(GroupInfo {
        group: name,
        lag,
        pending: info.count("pending").unwrap_or(0),
        parked,
        consumers: named,
        oldest_pending_ms: born.map(|ms| clock::now_ms().saturating_sub(ms)),
    })
}

/// Counts the entries after `id`, page by page; `None` when there are too many.
async fn count_after(
    link: &mut (impl ConnectionLike + Send),
    key: &str,
    mut id: String,
) -> Result<Option<u64>> {
    const PAGE: usize = 1000;
    let mut counted = 0;
    while counted < LARGEST_COUNT {
        let page = range(link, key, (&format!("({id}"), "+"), PAGE).await?;
        counted += page.len() as u64;
        match page.last() {
            Some(last) if page.len() == PAGE => id.clone_from(&last.id),
            _ => return Ok(Some(counted)),
        }
    }
    Ok(None)
}

/// Orders entries of several streams by the millisecond of their ids. The number behind the millisecond
/// counts within one stream: a stable sort keeps the order of the streams.
pub fn by_time(one: &RawEntry, other: &RawEntry) -> Ordering {
    entry::written_ms(&one.id).cmp(&entry::written_ms(&other.id))
}

/// Entries of a stream from `from` to `to` (XRANGE ids), at most `limit`.
///
/// # Errors
/// [`crate::Error::Redis`].
pub async fn range(
    link: &mut (impl ConnectionLike + Send),
    key: &str,
    (from, to): (&str, &str),
    limit: usize,
) -> Result<Vec<RawEntry>> {
    let mut range = redis::cmd("XRANGE");
    range.arg(key).arg(from).arg(to).arg("COUNT").arg(limit);
    Ok(reply::entries_of(range.query_async(link).await?))
}

/// The newest `limit` entries of a stream, oldest first.
///
/// # Errors
/// [`crate::Error::Redis`].
pub async fn newest(
    link: &mut (impl ConnectionLike + Send),
    key: &str,
    limit: usize,
) -> Result<Vec<RawEntry>> {
    newest_before(link, key, "+", limit).await
}

/// The id of a stream's last entry; `0-0` for an empty one.
///
/// # Errors
/// [`crate::Error::Redis`].
pub async fn end(link: &mut (impl ConnectionLike + Send), key: &str) -> Result<String> {
    let last = newest(link, key, 1).await?.pop();
    Ok(last.map_or_else(|| "0-0".to_owned(), |entry| entry.id))
}

/// The newest `limit` entries of a stream up to `end` (an XREVRANGE id, `(id` to leave it out), oldest
/// first.
///
/// # Errors
/// [`crate::Error::Redis`].
pub async fn newest_before(
    link: &mut (impl ConnectionLike + Send),
    key: &str,
    end: &str,
    limit: usize,
) -> Result<Vec<RawEntry>> {
    let mut range = redis::cmd("XREVRANGE");
    range.arg(key).arg(end).arg("-").arg("COUNT").arg(limit);
    let mut entries = reply::entries_of(range.query_async(link).await?);
    entries.reverse();
    Ok(entries)
}

/// Waits up to `block_ms` for entries of streams after the given ids, and moves the ids behind them.
/// Returns the entries by the stream's place in `after`.
///
/// # Errors
/// [`crate::Error::Redis`]; the ids are unchanged. The connection must be the caller's own and allow for
/// `block_ms`.
pub async fn follow(
    connection: &mut (impl ConnectionLike + Send),
    after: &mut [(String, String)],
    block_ms: u64,
) -> Result<Vec<(usize, Vec<RawEntry>)>> {
    let mut read = redis::cmd("XREAD");
    read.arg("COUNT")
        .arg(1000)
        .arg("BLOCK")
        .arg(block_ms)
        .arg("STREAMS");
    read.arg(after.iter().map(|(key, _)| key).collect::<Vec<_>>());
    read.arg(after.iter().map(|(_, id)| id).collect::<Vec<_>>());
    let mut found = Vec::new();
    for (key, entries) in reply::read_entries(read.query_async(connection).await?) {
        let place = after.iter().position(|(known, _)| *known == key);
        if let (Some(place), Some(last)) = (place, entries.last()) {
            after[place].1.clone_from(&last.id);
            found.push((place, entries));
        }
    }
    Ok(found)
}
