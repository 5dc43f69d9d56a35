//! The settler: turns verdicts into commands, in batches.
//!
//! Acknowledgements that were lost are repeated until they succeed; a settler that dies gives its
//! leases back, and the entries are handled again.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use serde::Serialize;
use supervision::{Pulse, TaskContext};

use super::{
    lease::Lease,
    poison,
    shared::{Shared, millis},
    verdict::Verdict,
};
use crate::{
    clock, entry,
    error::{Error, Result},
    handler::{Delivery, Receipt},
    outcome::Cause,
    scripts,
};

const LARGEST_BATCH: usize = 256;
const PAUSE: Duration = Duration::from_millis(100);
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

/// What is written about an entry that is buried.
struct Letter<'a> {
    delivery: &'a Delivery,
    cause: &'a Cause,
    /// The last error as JSON, or nothing.
    record: String,
    /// What poison is known by, or nothing.
    mark: String,
}

/// The settler of one consumer.
pub(crate) struct Settler {
    shared: Arc<Shared>,
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
        // A predecessor that crashed may have taken verdicts with it.
        self.shared.request_recovery();
        let mut verdicts = self.shared.verdicts_in.lock().await;
        let mut batch = Vec::with_capacity(LARGEST_BATCH);
        loop {
            tokio::select! {
                biased;
                _ = verdicts.recv_many(&mut batch, LARGEST_BATCH) => {}
                () = context.stopping.cancelled() => break,
                () = tokio::time::sleep(BEAT) => {}
            }
            self.pulse.beat();
            self.settle(&mut batch).await?;
        }
        while let Ok(verdict) = verdicts.try_recv() {
            batch.push(verdict);
        }
        self.settle(&mut batch).await?;
        Ok(())
    }

    /// Does what the verdicts say, and empties the batch.
    pub(crate) async fn settle(&self, batch: &mut Vec<Verdict>) -> Result<()> {
        self.acknowledge(batch).await?;
        for verdict in batch.drain(..) {
            self.pulse.beat();
            match verdict {
                Verdict::Done(lease) => lease.end(),
                Verdict::Skipped { .. } | Verdict::Forget(_) => {}
                Verdict::Retry {
                    lease,
                    attempt,
                    delay,
                    cause,
                } => {
                    self.retry(lease, attempt, delay, &cause).await?;
                }
                Verdict::Dead {
                    lease,
                    delivery,
                    cause,
                    attempt,
                    poison,
                } => {
                    let record = attempt.map(|attempt| self.record(attempt, &cause));
                    let mark = if poison {
                        poison::mark(&delivery.entry)
                    } else {
                        String::new()
                    };
                    let letter = Letter {
                        delivery: &delivery,
                        cause: &cause,
                        record: record.unwrap_or_default(),
                        mark,
                    };
                    self.bury(lease, &letter).await?;
                }
                Verdict::Abandoned(receipt) => self.hand_back(&receipt).await?,
            }
        }
        Ok(())
    }

    /// Acknowledges everything in the batch that is done, one call per stream.
    async fn acknowledge(&self, batch: &[Verdict]) -> Result<()> {
        let shared = &self.shared;
        let mut done: BTreeMap<&str, Vec<&Receipt>> = BTreeMap::new();
        let mut skipped: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let mut forget: Vec<String> = Vec::new();
        for verdict in batch {
            match verdict {
                Verdict::Done(lease) => {
                    let receipt = &lease.receipt;
                    done.entry(&receipt.stream).or_default().push(receipt);
                }
                Verdict::Skipped { stream, ids } => skipped
                    .entry(&shared.streams[*stream])
                    .or_default()
                    .extend(ids.iter().map(String::as_str)),
                Verdict::Forget(receipt) => forget.push(receipt.to_string()),
                Verdict::Retry { .. } | Verdict::Dead { .. } | Verdict::Abandoned(_) => {}
            }
        }
        for (stream, mut receipts) in done {
            receipts.sort_by(|one, two| entry::by_age(&one.id, &two.id));
            self.insist(|| self.finish(stream, &receipts)).await?;
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
        for id in lost.iter().chain(&gone) {
            tracing::warn!(
                stream,
                id,
                "done too late: another consumer has taken this entry over"
            );
        }
        let late = lost.len() + gone.len();
        shared.metrics.lost_lease.increment(late as u64);
        Ok(())
    }

    async fn retry(
        &self,
        lease: Lease,
        attempt: u32,
        delay: Duration,
        cause: &Cause,
    ) -> Result<()> {
        let receipt = &lease.receipt;
        tracing::info!(entry = %receipt, attempt, ?delay, %cause, "retry");
        self.shared.metrics.retried.increment(1);
        let record = self.record(attempt, cause);
        self.insist(|| self.park(receipt, delay, &record, receipt.deliveries))
            .await?;
        lease.put_aside();
        Ok(())
    }

    /// Parks an entry whose handling broke off: after the first backoff, or at once when this
    /// process is leaving. An orderly hand-back does not count as a crash of the entry's handler,
    /// but the first delivery stays visible: it may have left effects.
    async fn hand_back(&self, receipt: &Receipt) -> Result<()> {
        if self.shared.is_draining() {
            tracing::info!(entry = %receipt, "handed back");
            let count = receipt.deliveries.saturating_sub(1).max(1);
            return self
                .insist(|| self.park(receipt, Duration::ZERO, "", count))
                .await;
        }
        tracing::warn!(entry = %receipt, deliveries = receipt.deliveries, "abandoned");
        let delay = self.shared.options.policy.pause_after_crash();
        self.insist(|| self.park(receipt, delay, "", receipt.deliveries))
            .await
    }

    async fn park(
        &self,
        receipt: &Receipt,
        delay: Duration,
        record: &str,
        count: u32,
    ) -> Result<()> {
        let shared = &self.shared;
        let (partition, service) = (&shared.partition, shared.service());
        let (lease, mut room) = (shared.options.lease, shared.options.max_parked);
        let mut delay = delay;
        if shared.turns.is_some() {
            // What goes through the delay queue would come back behind its successors.
            (delay, room) = (delay.min(lease), usize::MAX);
        }
        let keys = [
            &*receipt.stream,
            &partition.attempts(service),
            &partition.delayed(service),
            &partition.delayed_data(service),
        ];
        let reply = scripts::PARK
            .call(&keys)
            .arg(&*receipt.group)
            .arg(&receipt.id)
            .arg(&*receipt.consumer)
            .arg(receipt.deliveries)
            .arg(millis(lease))
            .arg(millis(delay))
            .arg(room)
            .arg(record)
            .arg(count)
            .run(&mut shared.link())
            .await?;
        match reply.tag() {
            "PARKED" => Ok(()),
            "POSTPONED" => {
                shared.metrics.postponed.increment(1);
                Ok(())
            }
            "DELETED" => {
                shared.count_lost(1);
                shared.depart_by(receipt);
                Ok(())
            }
            "GONE" | "LOST" => {
                tracing::debug!(entry = %receipt, answer = reply.tag(), "not parked");
                Ok(())
            }
            _ => Err(reply.unexpected()),
        }
    }

    async fn bury(&self, lease: Lease, letter: &Letter<'_>) -> Result<()> {
        tracing::error!(entry = %letter.delivery.receipt, cause = %letter.cause, "dead letter");
        self.shared.metrics.dead.increment(1);
        self.insist(|| self.bury_once(letter)).await?;
        lease.end();
        Ok(())
    }

    async fn bury_once(&self, letter: &Letter<'_>) -> Result<()> {
        let (shared, receipt) = (&self.shared, &letter.delivery.receipt);
        let (partition, service) = (&shared.partition, shared.service());
        let keys = [
            &*receipt.stream,
            &partition.dead(service),
            &partition.attempts(service),
            &partition.poison(service),
        ];
        let mut call = scripts::BURY
            .call(&keys)
            .arg(&*receipt.group)
            .arg(&receipt.id)
            .arg(letter.cause.as_str())
            .arg(&letter.record)
            .arg(clock::now_rfc3339())
            .arg(receipt.deliveries)
            .arg(&*receipt.consumer)
            .arg(&letter.mark);
        for (name, value) in &letter.delivery.entry.fields {
            call = call.arg(&name[..]).arg(&value[..]);
        }
        let reply = call.run(&mut shared.link()).await?;
        match reply.tag() {
            "BURIED" | "STALE" | "LOST" => Ok(()),
            _ => Err(reply.unexpected()),
        }
    }

    fn record(&self, attempt: u32, cause: &Cause) -> String {
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
    async fn insist<F>(&self, action: impl Fn() -> F + Send) -> Result<()>
    where
        F: Future<Output = Result<(), Error>> + Send,
    {
        while let Err(error) = action().await {
            self.pulse.beat();
            self.shared.mend("settler", error).await?;
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }
}
