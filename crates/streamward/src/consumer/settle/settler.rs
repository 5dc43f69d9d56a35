//! The settler: turns dispositions into commands, in batches.
//!
//! Acknowledgements that were lost are repeated until they succeed; a settler that dies gives its
//! leases back, and the entries are handled again.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures_util::future::try_join_all;
use serde::Serialize;
use supervision::{Pulse, TaskContext};

use crate::consumer::{
    role::PAUSE, settle::dead_letter::Letter, shared::Shared, work::disposition::Disposition,
    work::poison,
};
use crate::{
    clock, entry,
    error::{Error, Result},
    handler::Receipt,
    outcome::Cause,
    scripts,
};

const LARGEST_BATCH: usize = 256;
/// How often a settler with nothing to do shows that it lives.
const BEAT: Duration = Duration::from_secs(1);

/// One recorded error, as the history keeps it.
#[derive(Serialize)]
struct Record<'a> {
    attempt: u32,
    error: &'a str,
    at: String,
    consumer: &'a str,
}

/// The settler of one consumer.
pub(crate) struct Settler {
    pub(crate) shared: Arc<Shared>,
    pulse: Pulse,
}

impl Settler {
    pub(crate) fn new(shared: &Arc<Shared>, pulse: Pulse) -> Self {
        Self {
            shared: Arc::clone(shared),
            pulse,
        }
    }

    /// Settles until told to stop, then whatever is still queued.
    pub(crate) async fn run(self, context: TaskContext) -> Result<(), supervision::BoxError> {
        // A predecessor that crashed may have taken dispositions with it.
        self.shared.request_recovery();
        let mut dispositions = self.shared.disposition_queue.lock().await;
        let mut batch = Vec::with_capacity(LARGEST_BATCH);
        loop {
            tokio::select! {
                biased;
                _ = dispositions.recv_many(&mut batch, LARGEST_BATCH) => {}
                () = context.stopping.cancelled() => break,
                () = tokio::time::sleep(BEAT) => {}
            }
            self.pulse.beat();
            self.settle(&mut batch).await?;
        }
        while let Ok(disposition) = dispositions.try_recv() {
            batch.push(disposition);
        }
        self.settle(&mut batch).await?;
        Ok(())
    }

    /// Does what the dispositions say, all at once on the shared connections, and empties the batch.
    pub(crate) async fn settle(&self, batch: &mut Vec<Disposition>) -> Result<()> {
        self.acknowledge(batch).await?;
        self.tell_of_retries(batch);
        let rest = batch
            .drain(..)
            .map(|disposition| self.carry_out(disposition));
        try_join_all(rest).await.map(drop)
    }

    /// One line per batch, so that an outage somewhere does not drown the log.
    fn tell_of_retries(&self, batch: &[Disposition]) {
        let cause = |disposition: &Disposition| {
            if let Disposition::Retry { cause, .. } = disposition {
                Some(cause.clone())
            } else {
                None
            }
        };
        let mut causes = batch.iter().filter_map(cause);
        if let Some(first) = causes.next() {
            let (service, entries) = (self.shared.service(), 1 + causes.count());
            tracing::info!(service, entries, cause = %first, "retrying");
        }
    }

    /// Does what one disposition says, unless it was acknowledged with others before.
    async fn carry_out(&self, disposition: Disposition) -> Result<()> {
        self.pulse.beat();
        match disposition {
            Disposition::Done(lease) => lease.end(),
            Disposition::Skipped { .. } | Disposition::Forget(_) => {}
            Disposition::Retry {
                lease,
                attempt,
                delay,
                cause,
            } => self.retry(lease, attempt, delay, &cause).await?,
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
                self.bury(lease, &letter).await?;
            }
            Disposition::Abandoned { receipt, begun } => self.hand_back(&receipt, begun).await?,
        }
        Ok(())
    }

    /// Acknowledges everything in the batch that is done, one call per stream.
    async fn acknowledge(&self, batch: &[Disposition]) -> Result<()> {
        let shared = &self.shared;
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
                    .entry(&shared.streams[*stream])
                    .or_default()
                    .extend(ids.iter().map(String::as_str)),
                Disposition::Forget(receipt) => forget.push(receipt.to_string()),
                Disposition::Retry { .. }
                | Disposition::Dead { .. }
                | Disposition::Abandoned { .. } => {}
            }
        }
        for (stream, mut receipts) in done {
            receipts.sort_by(|one, two| entry::by_age(&one.id, &two.id));
            for batch in receipts.chunks(LARGEST_BATCH) {
                self.insist(|| self.finish(stream, batch)).await?;
            }
        }
        let mut pipe = redis::pipe();
        for (stream, ids) in skipped {
            pipe.cmd("XACK")
                .arg(stream)
                .arg(&*shared.group)
                .arg(ids)
                .ignore();
        }
        if !forget.is_empty() {
            let attempts = shared.partition.attempts(shared.service());
            pipe.cmd("HDEL").arg(attempts).arg(forget).ignore();
        }
        if pipe.is_empty() {
            return Ok(());
        }
        self.insist(|| async { Ok(pipe.query_async::<()>(&mut shared.link()).await?) })
            .await
    }

    /// Acknowledges entries of one stream as far as they are still ours.
    async fn finish(&self, stream: &str, receipts: &[&Receipt]) -> Result<()> {
        let shared = &self.shared;
        let attempts = shared.partition.attempts(shared.service());
        let mut call = scripts::SETTLE
            .call(&[stream, &attempts])
            .arg(&*shared.group)
            .arg(&*shared.consumer);
        for receipt in receipts {
            call = call.arg(&receipt.id).arg(receipt.deliveries);
        }
        let mut reply = call.run(&mut shared.link()).await?;
        if reply.tag() != "SETTLED" {
            return Err(reply.unexpected());
        }
        let (lost, gone): (Vec<String>, Vec<String>) = (reply.take()?, reply.take()?);
        for id in &lost {
            tracing::warn!(
                stream,
                id,
                "done too late: another consumer has taken this entry over"
            );
        }
        // Gone is what was settled before: by another consumer, or by a call of this very batch whose
        // answer was lost.
        if !gone.is_empty() {
            tracing::debug!(stream, ?gone, "settled before");
        }
        if !lost.is_empty() {
            // They may be in this very process: claimed again while the old delivery was held.
            shared.request_recovery();
        }
        shared.metrics.lost_lease.increment(lost.len() as u64);
        Ok(())
    }

    pub(crate) fn record(&self, attempt: u32, cause: &Cause) -> String {
        // Bounded: a cause may quote a whole answer of somebody.
        let error = cause.as_str();
        let end = error
            .char_indices()
            .nth(500)
            .map_or(error.len(), |(at, _)| at);
        let record = Record {
            attempt,
            error: &error[..end],
            at: clock::now_rfc3339(),
            consumer: &self.shared.consumer,
        };
        serde_json::to_string(&record).unwrap_or_default()
    }

    /// Repeats what Redis did not answer until it does.
    pub(crate) async fn insist<F>(&self, action: impl Fn() -> F + Send) -> Result<()>
    where
        F: Future<Output = Result<(), Error>> + Send,
    {
        while let Err(error) = action().await {
            self.pulse.beat();
            self.shared.recover_from("settler", error).await?;
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }
}
