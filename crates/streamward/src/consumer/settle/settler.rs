//! The settler: turns dispositions into commands, in batches.
//!
//! Lost acknowledgements are repeated until they succeed. A settler that dies gives its leases back,
//! and the entries are handled again.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures_util::future::try_join_all;
use supervision::Pulse;
use tokio_util::sync::CancellationToken;

use super::{dead_letter::Letter, parking::Parking};
use crate::{
    consumer::{
        connection::Connection,
        read::flow_control::FlowControl,
        work::{
            lease::{Disposition, DispositionQueue, Leases},
            poison,
        },
    },
    entry,
    error::{Error, Result},
    handler::Receipt,
    outage::Pauses,
    scripts,
};

const LARGEST_BATCH: usize = 256;
/// Interval of the watchdog's beats while there is nothing to settle.
const BEAT: Duration = Duration::from_secs(1);

/// The settler of one consumer.
pub(crate) struct Settler {
    pub(crate) connection: Connection,
    pub(crate) flow: Arc<FlowControl>,
    pub(crate) leases: Arc<Leases>,
    pub(crate) queue: DispositionQueue,
    pub(crate) parking: Parking,
    pub(crate) pulse: Pulse,
}

impl Settler {
    /// Settles until it is stopped, then everything that is still queued.
    pub(crate) async fn run(
        self,
        stopping: CancellationToken,
    ) -> Result<(), supervision::BoxError> {
        // A predecessor that crashed may have taken dispositions with it.
        self.leases.request_recovery();
        let mut queue = self.queue.lock().await;
        let mut batch = Vec::with_capacity(LARGEST_BATCH);
        loop {
            tokio::select! {
                biased;
                _ = queue.recv_many(&mut batch, LARGEST_BATCH) => {}
                () = stopping.cancelled() => break,
                () = tokio::time::sleep(BEAT) => {}
            }
            self.pulse.beat();
            self.settle(&mut batch).await?;
        }
        drop(queue);
        self.run_once().await?;
        Ok(())
    }

    /// Settles what is queued now. Returns how many dispositions there were.
    pub(crate) async fn run_once(&self) -> Result<usize> {
        let mut batch = Vec::new();
        let mut queue = self.queue.lock().await;
        while let Ok(disposition) = queue.try_recv() {
            batch.push(disposition);
        }
        drop(queue);
        let settled = batch.len();
        self.settle(&mut batch).await?;
        Ok(settled)
    }

    /// Carries out all dispositions concurrently on the shared connections, and empties the batch.
    async fn settle(&self, batch: &mut Vec<Disposition>) -> Result<()> {
        self.acknowledge(batch).await?;
        self.log_retries(batch);
        let rest = batch
            .drain(..)
            .map(|disposition| self.carry_out(disposition));
        try_join_all(rest).await.map(drop)
    }

    /// Logs one line per batch, so that an outage elsewhere does not drown the log.
    fn log_retries(&self, batch: &[Disposition]) {
        let mut causes = batch.iter().filter_map(|disposition| match disposition {
            Disposition::Retry(_, retry) => Some(&retry.cause),
            // The server's connections report an outage.
            Disposition::Unavailable(..)
            | Disposition::Done(_)
            | Disposition::Skipped { .. }
            | Disposition::Forget(_)
            | Disposition::Dead { .. }
            | Disposition::Abandoned { .. } => None,
        });
        if let Some(cause) = causes.next() {
            let (service, entries) = (&*self.connection.identity.service, 1 + causes.count());
            tracing::info!(service, entries, %cause, "retrying");
        }
    }

    /// Carries out one disposition, after those that acknowledge were done together.
    async fn carry_out(&self, disposition: Disposition) -> Result<()> {
        self.pulse.beat();
        match disposition {
            Disposition::Done(lease) => self.flow.finish(lease),
            Disposition::Skipped { .. } | Disposition::Forget(_) => {}
            Disposition::Retry(lease, retry) => self.retry(lease, &retry).await?,
            Disposition::Unavailable(lease, cause) => self.set_aside(lease, &cause).await?,
            Disposition::Dead {
                lease,
                delivery,
                cause,
                attempt,
                poison,
            } => {
                let record = attempt.map(|attempt| self.record(attempt, &cause));
                let letter = Letter {
                    mark: if poison {
                        poison::mark(&delivery.entry)
                    } else {
                        String::new()
                    },
                    delivery,
                    cause,
                    record: record.unwrap_or_default(),
                };
                self.insist(|| self.dead_letter(&letter)).await?;
                self.flow.finish(lease);
            }
            Disposition::Abandoned { receipt, begun } => self.hand_back(&receipt, begun).await?,
        }
        Ok(())
    }

    /// Acknowledges everything in the batch that is done, one call per stream.
    async fn acknowledge(&self, batch: &[Disposition]) -> Result<()> {
        let identity = &self.connection.identity;
        let mut done: BTreeMap<&str, Vec<&Receipt>> = BTreeMap::new();
        let mut skipped: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let mut forget: Vec<String> = Vec::new();
        for disposition in batch {
            match disposition {
                Disposition::Done(lease) => {
                    let receipt = &lease.receipt;
                    done.entry(&receipt.stream).or_default().push(receipt);
                }
                Disposition::Skipped { stream, ids } => skipped
                    .entry(&identity.streams[*stream])
                    .or_default()
                    .extend(ids.iter().map(String::as_str)),
                Disposition::Forget(receipt) => forget.push(receipt.to_string()),
                Disposition::Retry(..)
                | Disposition::Unavailable(..)
                | Disposition::Dead { .. }
                | Disposition::Abandoned { .. } => {}
            }
        }
        for (stream, mut receipts) in done {
            receipts.sort_by(|one, two| entry::by_age(&one.id, &two.id));
            for batch in receipts.chunks(LARGEST_BATCH) {
                self.insist(|| self.acknowledge_done(stream, batch)).await?;
            }
        }
        let mut pipe = redis::pipe();
        for (stream, ids) in skipped {
            pipe.cmd("XACK")
                .arg(stream)
                .arg(&*identity.service)
                .arg(ids)
                .ignore();
        }
        if !forget.is_empty() {
            let attempts = identity.attempts_key();
            pipe.cmd("HDEL").arg(attempts).arg(forget).ignore();
        }
        if pipe.is_empty() {
            return Ok(());
        }
        self.insist(|| async { Ok(pipe.query_async::<()>(&mut self.connection.link()).await?) })
            .await
    }

    /// Acknowledges entries of one stream, as far as this consumer still holds them.
    async fn acknowledge_done(&self, stream: &str, receipts: &[&Receipt]) -> Result<()> {
        let identity = &self.connection.identity;
        let mut call = scripts::ACK_ENTRIES
            .call(&[stream, &identity.attempts_key()])
            .arg(&*identity.service)
            .arg(&*identity.consumer);
        for receipt in receipts {
            call = call.arg(&receipt.id).arg(receipt.deliveries);
        }
        let mut reply = call
            .run(&mut self.connection.link())
            .await?
            .tagged("SETTLED")?;
        let (lost, gone): (Vec<String>, Vec<String>) = (reply.take()?, reply.take()?);
        for id in &lost {
            tracing::warn!(
                stream,
                id,
                "done too late: another consumer has taken this entry over"
            );
        }
        // Gone entries were settled before: by another consumer, or by a call of this very batch
        // whose answer was lost.
        if !gone.is_empty() {
            tracing::debug!(stream, ?gone, "settled before");
        }
        if !lost.is_empty() {
            // They may be in this very process: claimed again while the old delivery was in flight.
            self.leases.request_recovery();
        }
        identity.metrics.lost_lease.increment(lost.len() as u64);
        Ok(())
    }

    /// Retries a Redis command until it succeeds.
    pub(crate) async fn insist<F>(&self, action: impl Fn() -> F + Send) -> Result<()>
    where
        F: Future<Output = Result<(), Error>> + Send,
    {
        let mut pauses = Pauses::default();
        while let Err(error) = action().await {
            self.pulse.beat();
            self.connection.recover_from("settler", error).await?;
            tokio::time::sleep(pauses.next()).await;
        }
        Ok(())
    }
}
