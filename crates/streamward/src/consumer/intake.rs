//! The intake: reads new entries, as many as there are free workers, on a connection of its own.
//!
//! A blocking read is never cancelled and its connection never shared: an abandoned read would let
//! the server deliver entries to nobody. After any broken read the connection is thrown away and
//! the entries that may have gone with it are handed to the reclaimer.

use std::{sync::Arc, time::Duration};

use redis::aio::MultiplexedConnection;
use supervision::TaskContext;

use super::shared::{Shared, millis};
use crate::{
    entry::RawEntry,
    error::{Error, Result},
    groups::{self, Read},
    handler::{Handler, Inbound},
    inspect,
    keys::PARKING,
};

/// Short, so that a wake-up the server misses costs a second and not a minute.
const BLOCK: Duration = Duration::from_secs(1);
/// A read that takes this much longer than BLOCK is broken.
const MARGIN: Duration = Duration::from_secs(5);
/// Pause after a failed pass, so that a server that refuses is not flooded.
const PAUSE: Duration = Duration::from_millis(100);
/// A batch keeps one read's reply and one burst of steps small.
const LARGEST_READ: usize = 128;

/// The intake of one consumer.
pub(crate) struct Intake {
    shared: Arc<Shared>,
    wants: fn(&str) -> bool,
}

struct Reader {
    connection: MultiplexedConnection,
    client_id: i64,
}

impl Intake {
    pub(crate) fn new<H: Handler>(shared: &Arc<Shared>) -> Self {
        Self {
            shared: Arc::clone(shared),
            wants: H::Message::wants,
        }
    }

    /// Reads until told to stop, then closes the door behind itself.
    pub(crate) async fn run(self, context: TaskContext) -> Result<(), supervision::BoxError> {
        self.shared.start_reading();
        self.shared.request_recovery();
        let mut reader = None;
        while !context.stopping.is_cancelled() {
            context.pulse.beat();
            if let Err(error) = self.pass(&mut reader, &context).await {
                reader = None;
                self.shared.request_recovery();
                self.shared.mend("intake", error).await?;
                tokio::time::sleep(PAUSE).await;
            }
        }
        self.shared.start_draining();
        Ok(())
    }

    async fn pass(&self, reader: &mut Option<Reader>, context: &TaskContext) -> Result<()> {
        if reader.is_none() {
            *reader = Some(self.open().await?);
        }
        if self.shared.take_recovery() {
            self.recover()
                .await
                .inspect_err(|_| self.shared.request_recovery())?;
        }
        let free = tokio::select! {
            free = self.shared.slots.wait_for_one() => free,
            () = context.stopping.cancelled() => return Ok(()),
            () = tokio::time::sleep(BLOCK) => return Ok(()),
        };
        let Some(reader) = reader else { return Ok(()) };
        let entries = self.read(reader, free, context).await?;
        self.admit(entries).await;
        Ok(())
    }

    async fn open(&self) -> Result<Reader> {
        self.shared.say_alive().await?;
        self.shared.ensure_groups().await?;
        let mut connection = self.shared.server.dedicated(BLOCK + MARGIN).await?;
        let client_id = redis::cmd("CLIENT")
            .arg("ID")
            .query_async(&mut connection)
            .await?;
        Ok(Reader {
            connection,
            client_id,
        })
    }

    /// One read. When the consumer is told to stop meanwhile, the server is asked to end it, and it
    /// is awaited all the same.
    async fn read(
        &self,
        reader: &mut Reader,
        free: usize,
        context: &TaskContext,
    ) -> Result<Vec<(String, Vec<RawEntry>)>> {
        let shared = &self.shared;
        let read = Read {
            group: &shared.group,
            consumer: &shared.consumer,
            // COUNT counts per stream.
            count: free.min(LARGEST_READ).div_ceil(shared.streams.len()),
            block_ms: Some(millis(BLOCK)),
        };
        let answer = groups::read_new(&mut reader.connection, read, &shared.streams);
        tokio::pin!(answer);
        tokio::select! {
            biased;
            entries = &mut answer => return entries,
            () = context.stopping.cancelled() => {}
        }
        let mut unblock = redis::cmd("CLIENT");
        unblock.arg("UNBLOCK").arg(reader.client_id);
        // Without it the read ends with BLOCK.
        let _ = unblock.query_async::<i64>(&mut self.shared.link()).await;
        answer.await
    }

    /// Hands entries to workers, and those that nobody here wants to the settler.
    async fn admit(&self, read: Vec<(String, Vec<RawEntry>)>) {
        for (key, entries) in read {
            let Some(stream) = self.shared.streams.iter().position(|known| **known == *key) else {
                continue;
            };
            let mut skipped = Vec::new();
            for entry in entries {
                if (self.wants)(entry.kind()) || entry.kind().is_empty() {
                    self.shared.dispatch(stream, entry, 1, 0);
                } else {
                    skipped.push(entry.id);
                }
            }
            if !skipped.is_empty() {
                self.shared.skip(stream, skipped).await;
            }
        }
    }

    /// Makes entries due now that are pending in this consumer's name but handled nowhere: they
    /// were lost with a broken read or a crashed role.
    async fn recover(&self) -> Result<()> {
        let shared = &self.shared;
        let _claiming = shared.claiming.lock().await;
        for (number, stream) in shared.streams.iter().enumerate() {
            let mut from = "-".to_owned();
            loop {
                let mut pending = redis::cmd("XPENDING");
                pending
                    .arg(&**stream)
                    .arg(&*shared.group)
                    .arg(&from)
                    .arg("+")
                    .arg(100);
                pending.arg(&*shared.consumer);
                let rows: Vec<(String, String, u64, u64)> = pending
                    .query_async(&mut shared.link())
                    .await
                    .map_err(Error::from)?;
                let lost: Vec<&str> = rows
                    .iter()
                    .map(|(id, ..)| id.as_str())
                    .filter(|id| !shared.is_in_flight(number, id))
                    .collect();
                self.make_due(stream, &lost).await?;
                match rows.last() {
                    Some((last, ..)) if rows.len() == 100 => from = format!("({last}"),
                    _ => break,
                }
            }
        }
        Ok(())
    }

    async fn make_due(&self, stream: &str, ids: &[&str]) -> Result<()> {
        if ids.is_empty() {
            return Ok(());
        }
        let shared = &self.shared;
        tracing::info!(
            service = shared.service(),
            stream,
            entries = ids.len(),
            "recovering"
        );
        let mut claim = redis::cmd("XCLAIM");
        claim
            .arg(stream)
            .arg(&*shared.group)
            .arg(PARKING)
            .arg(0)
            .arg(ids);
        claim.arg("IDLE").arg(shared.lease_ms()).arg("JUSTID");
        let moved: Vec<String> = claim.query_async(&mut shared.link()).await?;
        let mut lost = 0;
        for id in ids
            .iter()
            .filter(|id| !moved.iter().any(|moved| moved == *id))
        {
            // Settled meanwhile is not lost; only what is gone from the stream is.
            let found = inspect::range(&mut shared.link(), stream, (id, id), 1).await?;
            lost += usize::from(found.is_empty());
        }
        shared.count_lost(lost);
        Ok(())
    }
}
