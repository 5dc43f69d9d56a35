//! Consumer groups: creates them and reads new entries.

use redis::{Value, aio::ConnectionLike};

use crate::{entry::RawEntry, error::Result, keys::Partition, reply, scripts};

/// Creates the group of `service` on each of `streams` unless it exists. Missing streams are created.
///
/// A new group starts at the beginning, one that was lost at its last checkpoint: starting at the
/// end would drop what was written before.
///
/// # Errors
/// [`crate::Error::Redis`].
pub async fn ensure<S: AsRef<str> + Sync>(
    link: &mut (impl ConnectionLike + Send),
    partition: &Partition,
    service: &str,
    streams: &[S],
) -> Result<()> {
    ensure_from(link, partition, service, streams, "0-0").await
}

/// The same, with `start` instead of the beginning.
pub(crate) async fn ensure_from<S: AsRef<str> + Sync>(
    link: &mut (impl ConnectionLike + Send),
    partition: &Partition,
    service: &str,
    streams: &[S],
    start: &str,
) -> Result<()> {
    let checkpoints = partition.checkpoints(service);
    for stream in streams {
        let mut reply = scripts::ENSURE_GROUP
            .call(&[stream.as_ref(), &checkpoints])
            .arg(service)
            .arg(start)
            .run(link)
            .await?;
        match reply.tag() {
            "EXISTS" => {}
            "CREATED" => {
                let (stream, start): (_, String) = (stream.as_ref(), reply.take()?);
                tracing::debug!(service, stream, start, "created the group");
            }
            _ => return Err(reply.unexpected()),
        }
    }
    Ok(())
}

/// A read of new entries.
#[derive(Clone, Copy, Debug)]
pub struct Read<'a> {
    /// The group.
    pub group: &'a str,
    /// Consumer in whose name the entries are pending until they are settled.
    pub consumer: &'a str,
    /// At most this many entries *per stream*.
    pub count: usize,
    /// Longest wait for the first entry. The connection must be the caller's own and allow for it.
    pub block_ms: Option<u64>,
}

/// Reads entries that were not delivered to the group yet, by stream key. All streams must share a
/// hash slot.
///
/// # Errors
/// [`crate::Error::Redis`]. After an error the server may have delivered entries all the same: they
/// are pending in the consumer's name.
pub async fn read_new<S: AsRef<str> + Sync>(
    connection: &mut (impl ConnectionLike + Send),
    read: Read<'_>,
    streams: &[S],
) -> Result<Vec<(String, Vec<RawEntry>)>> {
    let mut command = redis::cmd("XREADGROUP");
    command
        .arg("GROUP")
        .arg(read.group)
        .arg(read.consumer)
        .arg("COUNT")
        .arg(read.count);
    if let Some(block) = read.block_ms {
        command.arg("BLOCK").arg(block);
    }
    command.arg("STREAMS");
    for stream in streams {
        command.arg(stream.as_ref());
    }
    for _ in streams {
        command.arg(">");
    }
    Ok(reply::read_entries(
        command.query_async::<Value>(connection).await?,
    ))
}
