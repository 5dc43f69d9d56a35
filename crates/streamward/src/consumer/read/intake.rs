//! The intake: reads new entries, as many as there are free workers, on a connection of its own.
//!
//! A blocking read is never cancelled and its connection never shared: an abandoned read would let
//! the server deliver entries to nobody. After any broken read the connection is thrown away and
//! the entries that may have gone with it are handed to the reclaimer.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use redis::{
    Value,
    aio::{ConnectionLike, MultiplexedConnection},
};
use supervision::TaskContext;

use crate::consumer::{
    read::rotation::Rotation,
    recover::recovery,
    role::PAUSE,
    shared::{Shared, millis},
};
use crate::{
    entry::RawEntry,
    error::Result,
    groups::{self, Read},
    handler::{Handler, Inbound},
    reply, scripts,
};

/// Short, so that a wake-up the server misses costs a second and not a minute.
const BLOCK: Duration = Duration::from_secs(1);
/// A read that takes this much longer than BLOCK is broken.
const MARGIN: Duration = Duration::from_secs(5);
/// How often a consumer that may not wait in Redis looks again.
const POLL: Duration = Duration::from_millis(25);
/// `sleep` has a granularity of a millisecond.
const TICK: Duration = Duration::from_millis(1);
/// A batch keeps one read's reply and one burst of steps small.
const LARGEST_READ: usize = 128;

/// The intake of one consumer.
pub(crate) struct Intake {
    shared: Arc<Shared>,
    wants: fn(&str) -> bool,
    /// For reads whose limit is shared by all streams.
    rotation: Mutex<Rotation>,
}

/// Entries of one stream, by its number.
type Batch = (usize, Vec<RawEntry>);

struct Reader {
    connection: MultiplexedConnection,
    client_id: i64,
}

impl Intake {
    pub(crate) fn new<H: Handler>(shared: &Arc<Shared>) -> Self {
        Self {
            shared: Arc::clone(shared),
            wants: H::Message::wants,
            rotation: Mutex::new(Rotation::over(shared.streams.len())),
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
                self.shared.recover_from("intake", error).await?;
                tokio::time::sleep(PAUSE).await;
            }
        }
        self.shared.start_draining();
        Ok(())
    }

    /// Reads what is there now, without waiting, on a shared connection; returns how many entries.
    pub(crate) async fn run_once(&self) -> Result<usize> {
        let shared = &self.shared;
        let count = shared.room_to_read().min(LARGEST_READ);
        if count == 0 {
            return Ok(0);
        }
        let mut link = shared.link();
        let found = match shared.options.across_processes {
            Some(limit) => self.take(&mut link, count, limit).await?,
            None => {
                let read = self.question(count, None);
                self.numbered(groups::read_new(&mut link, read, &shared.streams).await?)
            }
        };
        let read = found.iter().map(|(_, entries)| entries.len()).sum();
        self.admit(found).await;
        Ok(read)
    }

    fn question(&self, count: usize, block_ms: Option<u64>) -> Read<'_> {
        Read {
            group: &self.shared.group,
            consumer: &self.shared.consumer,
            // COUNT counts per stream.
            count: count.div_ceil(self.shared.streams.len()),
            block_ms,
        }
    }

    async fn pass(&self, reader: &mut Option<Reader>, context: &TaskContext) -> Result<()> {
        if reader.is_none() {
            *reader = Some(self.open().await?);
        }
        if self.shared.take_recovery() {
            recovery::recover(&self.shared)
                .await
                .inspect_err(|_| self.shared.request_recovery())?;
        }
        let room = tokio::select! {
            room = self.room() => room,
            () = context.stopping.cancelled() => return Ok(()),
            () = tokio::time::sleep(BLOCK) => return Ok(()),
        };
        let Some(reader) = reader else { return Ok(()) };
        let count = room.min(LARGEST_READ);
        let found = match self.shared.options.across_processes {
            None => self.numbered(self.read(reader, count, context).await?),
            Some(limit) => {
                let taken = self.take(&mut reader.connection, count, limit).await?;
                if taken.is_empty() {
                    tokio::time::sleep(POLL).await;
                }
                taken
            }
        };
        self.admit(found).await;
        Ok(())
    }

    /// Waits until something could start.
    async fn room(&self) -> usize {
        loop {
            self.shared.slots.wait_for_one().await;
            let room = self.shared.room_to_read();
            if room > 0 {
                return room;
            }
            let pause = self.shared.room_in().map_or(POLL, |ready| ready.max(TICK));
            tokio::time::sleep(pause).await;
        }
    }

    async fn open(&self) -> Result<Reader> {
        self.shared.write_heartbeat().await?;
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
        count: usize,
        context: &TaskContext,
    ) -> Result<Vec<(String, Vec<RawEntry>)>> {
        let shared = &self.shared;
        let read = self.question(count, Some(millis(BLOCK)));
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

    /// One read that all processes of the service share a limit for. The server does not wait in
    /// it: room may come from elsewhere while nothing new is written.
    async fn take(
        &self,
        connection: &mut (impl ConnectionLike + Send),
        count: usize,
        limit: usize,
    ) -> Result<Vec<Batch>> {
        let shared = &self.shared;
        let order = self.next_order();
        let keys: Vec<&str> = order.iter().map(|n| &*shared.streams[*n]).collect();
        let reply = scripts::TAKE
            .call(&keys)
            .arg(&*shared.group)
            .arg(&*shared.consumer)
            .arg(limit)
            .arg(count)
            .run(connection)
            .await;
        let mut reply = reply?;
        if reply.tag() != "TAKEN" {
            return Err(reply.unexpected());
        }
        let taken: Value = reply.take()?;
        let mut batches: Vec<Batch> = Vec::new();
        for (n, entry) in reply::array(taken)
            .into_iter()
            .filter_map(reply::numbered_entry)
        {
            let Some(stream) = order.get(n) else { continue };
            // The script goes through one stream after the other.
            match batches.last_mut() {
                Some((last, entries)) if last == stream => entries.push(entry),
                _ => batches.push((*stream, vec![entry])),
            }
        }
        Ok(batches)
    }

    /// The streams of a read by their numbers.
    fn numbered(&self, read: Vec<(String, Vec<RawEntry>)>) -> Vec<Batch> {
        let number = |key: &str| self.shared.streams.iter().position(|known| **known == *key);
        read.into_iter()
            .filter_map(|(key, entries)| Some((number(&key)?, entries)))
            .collect()
    }

    fn next_order(&self) -> Vec<usize> {
        let mut rotation = self.rotation.lock().unwrap_or_else(PoisonError::into_inner);
        rotation.next().unwrap_or_default()
    }

    async fn admit(&self, read: Vec<Batch>) {
        if !self.shared.may_read() {
            // The server delivered while this process was frozen; another one owns the partition.
            self.shared.request_recovery();
            return;
        }
        for (stream, entries) in read {
            self.admit_all(stream, entries).await;
        }
    }

    /// Hands entries to workers, and those that nobody here wants to the settler.
    async fn admit_all(&self, stream: usize, entries: Vec<RawEntry>) {
        let mut skipped = Vec::new();
        for entry in entries {
            // A group that was lost and made again delivers what is still handled here.
            if self.shared.is_in_flight(stream, &entry.id) {
                continue;
            }
            if (self.wants)(entry.kind()) || entry.kind().is_empty() {
                let attempts = self.shared.failed_before(stream, &entry);
                self.shared.admit(stream, entry, 1, attempts).await;
            } else {
                skipped.push(entry.id);
            }
        }
        if !skipped.is_empty() {
            self.shared.skip(stream, skipped).await;
        }
    }
}
