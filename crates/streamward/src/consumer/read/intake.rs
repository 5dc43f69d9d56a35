//! The intake: reads new entries, as many as there are free workers, on a connection of its own.
//!
//! **Invariant:** a blocking read is never cancelled and its connection never shared, because the
//! server delivers entries to an abandoned read and no handler gets them. After a failed read the
//! connection is dropped, and recovery finds the entries that the server may have delivered.

use std::time::Duration;

use redis::{Value, aio::ConnectionLike};
use supervision::Pulse;
use tokio_util::sync::CancellationToken;

use super::{admission::Admission, flow_control::Rotation};
use crate::{
    consumer::{
        connection::{BoxedConnection, Connection, millis},
        maintain::heartbeat::Heartbeat,
        recover::recovery::PendingRecovery,
    },
    entry::RawEntry,
    error::Result,
    groups::{self, Read},
    outage::Pauses,
    reply, scripts,
};

/// Short, so that a wake-up that the server misses costs a second and not a minute.
const BLOCK: Duration = Duration::from_secs(1);
/// A read that takes this much longer than BLOCK is broken.
const MARGIN: Duration = Duration::from_secs(5);
/// Interval of reads that may not wait in Redis.
const POLL: Duration = Duration::from_millis(25);
/// Granularity of `sleep`.
const SHORTEST_SLEEP: Duration = Duration::from_millis(1);
/// A batch keeps one read's reply and one burst of steps small.
const LARGEST_READ: usize = 128;

/// The intake of one consumer.
pub(crate) struct Intake {
    pub(crate) connection: Connection,
    pub(crate) admission: Admission,
    pub(crate) heartbeat: Heartbeat,
    pub(crate) recovery: PendingRecovery,
    /// Limit of entries in flight over all processes.
    pub(crate) across_processes: Option<usize>,
    /// Fair order of the streams for reads whose limit all of them share.
    pub(crate) rotation: Rotation,
    /// Streams that had entries for the last read that found any.
    pub(crate) busy: usize,
    pub(crate) pulse: Pulse,
}

/// Entries of one stream, by its number.
type Batch = (usize, Vec<RawEntry>);

struct Reader {
    link: BoxedConnection,
    client_id: i64,
}

impl Intake {
    /// Reads until it is stopped, then starts the drain.
    pub(crate) async fn run(
        mut self,
        stopping: CancellationToken,
    ) -> Result<(), supervision::BoxError> {
        self.admission.flow.start_reading();
        self.admission.leases.request_recovery();
        let (mut reader, mut pauses) = (None, Pauses::default());
        while !stopping.is_cancelled() {
            self.pulse.beat();
            let Err(error) = self.pass(&mut reader, &stopping).await else {
                pauses.reset();
                continue;
            };
            reader = None;
            self.admission.leases.request_recovery();
            self.connection.recover_from("intake", error).await?;
            let paused = tokio::time::sleep(pauses.next());
            stopping.run_until_cancelled(paused).await;
        }
        self.admission.flow.start_draining();
        Ok(())
    }

    /// Reads what is there now, without waiting, on a shared connection. Returns the entries read.
    pub(crate) async fn run_once(&mut self) -> Result<usize> {
        let count = self.admission.flow.room_to_read().min(LARGEST_READ);
        if count == 0 {
            return Ok(0);
        }
        let mut link = self.connection.link();
        let found = match self.across_processes {
            Some(limit) => self.take(&mut link, count, limit).await?,
            None => {
                let read = self.read_new(&mut link, count, None).await?;
                self.numbered(read)
            }
        };
        let read = found.iter().map(|(_, entries)| entries.len()).sum();
        self.admit(found).await;
        Ok(read)
    }

    async fn read_new(
        &self,
        link: &mut BoxedConnection,
        count: usize,
        block_ms: Option<u64>,
    ) -> Result<Vec<(String, Vec<RawEntry>)>> {
        let identity = &self.connection.identity;
        let streams = identity.read_now();
        let read = Read {
            group: &identity.service,
            consumer: &identity.consumer,
            // COUNT counts per stream, and most streams have nothing most of the time.
            count: count.div_ceil(self.busy),
            block_ms,
        };
        groups::read_new(link, read, streams).await
    }

    async fn pass(
        &mut self,
        reader: &mut Option<Reader>,
        stopping: &CancellationToken,
    ) -> Result<()> {
        if reader.is_none() {
            *reader = Some(self.open().await?);
        }
        if self.admission.leases.take_recovery_request() {
            let recovered = self.recovery.run_once().await;
            recovered.inspect_err(|_| self.admission.leases.request_recovery())?;
        }
        let room = tokio::select! {
            biased;
            () = stopping.cancelled() => return Ok(()),
            room = self.room() => room,
            () = tokio::time::sleep(BLOCK) => return Ok(()),
        };
        let Some(reader) = reader else { return Ok(()) };
        let count = room.min(LARGEST_READ);
        let found = match self.across_processes {
            None => {
                let read = self.read(reader, count, stopping).await?;
                self.numbered(read)
            }
            Some(limit) => {
                let taken = self.take(&mut reader.link, count, limit).await?;
                if taken.is_empty() {
                    tokio::time::sleep(POLL).await;
                }
                taken
            }
        };
        self.admit(found).await;
        Ok(())
    }

    /// Waits until a new entry could start.
    async fn room(&self) -> usize {
        let flow = &self.admission.flow;
        loop {
            flow.slots.wait_for_one().await;
            let room = flow.room_to_read();
            if room > 0 {
                return room;
            }
            let pause = flow
                .room_in()
                .map_or(POLL, |ready| ready.max(SHORTEST_SLEEP));
            tokio::time::sleep(pause).await;
        }
    }

    async fn open(&self) -> Result<Reader> {
        self.heartbeat.write().await?;
        self.connection.ensure_groups().await?;
        let mut link = self.connection.dedicated(BLOCK + MARGIN).await?;
        let client_id = redis::cmd("CLIENT")
            .arg("ID")
            .query_async(&mut link)
            .await?;
        Ok(Reader { link, client_id })
    }

    /// Makes one blocking read. When the consumer stops meanwhile, CLIENT UNBLOCK ends the read, and its
    /// answer is awaited all the same.
    async fn read(
        &self,
        reader: &mut Reader,
        count: usize,
        stopping: &CancellationToken,
    ) -> Result<Vec<(String, Vec<RawEntry>)>> {
        let answer = self.read_new(&mut reader.link, count, Some(millis(BLOCK)));
        tokio::pin!(answer);
        tokio::select! {
            biased;
            entries = &mut answer => return entries,
            () = stopping.cancelled() => {}
        }
        let mut unblock = redis::cmd("CLIENT");
        unblock.arg("UNBLOCK").arg(reader.client_id);
        // Without it the read ends with BLOCK.
        let _ = unblock
            .query_async::<i64>(&mut self.connection.link())
            .await;
        answer.await
    }

    /// Makes one read under the limit that all processes share. The server never waits in it: room may
    /// come from elsewhere while nothing new is written.
    async fn take(
        &mut self,
        link: &mut (impl ConnectionLike + Send),
        count: usize,
        limit: usize,
    ) -> Result<Vec<Batch>> {
        let identity = &self.connection.identity;
        let mut order = self.rotation.next_order();
        let left_out = identity.streams.len() - identity.read_now().len();
        order.retain(|stream| *stream >= left_out);
        let keys: Vec<&str> = order.iter().map(|n| &*identity.streams[*n]).collect();
        let reply = scripts::TAKE_SLOTS
            .call(&keys)
            .arg(&*identity.service)
            .arg(&*identity.consumer)
            .arg(limit)
            .arg(count)
            .run(link)
            .await;
        let mut reply = reply?.tagged("TAKEN")?;
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

    fn numbered(&mut self, read: Vec<(String, Vec<RawEntry>)>) -> Vec<Batch> {
        if !read.is_empty() {
            self.busy = read.len();
        }
        let identity = &self.connection.identity;
        read.into_iter()
            .filter_map(|(key, entries)| Some((identity.stream_number(&key)?, entries)))
            .collect()
    }

    /// Hands entries to workers, and those of unwanted types to the settler.
    async fn admit(&self, read: Vec<Batch>) {
        let admission = &self.admission;
        if !admission.flow.may_read() {
            // The server delivered while this process was frozen; another one owns the partition.
            admission.leases.request_recovery();
            return;
        }
        for (stream, entries) in read {
            let mut skipped = Vec::new();
            for entry in entries {
                // A group that was lost and made again delivers what is still in flight here.
                let in_flight = &admission.leases.in_flight;
                if in_flight.redelivered(stream, &entry.id).is_some() {
                    continue;
                }
                if admission.wants(&entry) {
                    let attempts = admission.failed_before(stream, &entry);
                    admission.admit(stream, entry, 1, attempts).await;
                } else {
                    skipped.push(entry.id);
                }
            }
            admission.skip(stream, skipped).await;
        }
    }
}
