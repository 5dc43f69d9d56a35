//! The settler: turns verdicts into commands, in batches.
//!
//! Acknowledgements that were lost are repeated until they succeed; a settler that dies gives its
//! leases back, and the entries are handled again.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use serde::Serialize;
use supervision::{Pulse, TaskContext};

use super::{
    lease::Lease,
    shared::{Shared, millis},
    verdict::Verdict,
};
use crate::{
    clock,
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

/// The settler of one consumer.
pub(crate) struct Settler {
    shared: Arc<Shared>,
    pulse: Pulse,
}

impl Settler {
    pub(crate) fn new(shared: &Arc<Shared>, context: &TaskContext) -> Self {
        Self {
            shared: Arc::clone(shared),
            pulse: context.pulse.clone(),
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

    async fn settle(&self, batch: &mut Vec<Verdict>) -> Result<()> {
        self.acknowledge(batch).await?;
        for verdict in batch.drain(..) {
            self.pulse.beat();
            match verdict {
                Verdict::Done { lease, .. } => lease.end(),
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
                    last_attempt,
                } => {
                    self.bury(lease, delivery, &cause, last_attempt).await?;
                }
                Verdict::Abandoned(receipt) => self.hand_back(&receipt).await?,
            }
        }
        Ok(())
    }

    /// Acknowledges everything in the batch that needs no script, one command per stream.
    async fn acknowledge(&self, batch: &[Verdict]) -> Result<()> {
        let mut acks: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let mut forget: Vec<String> = Vec::new();
        let field = |receipt: &Receipt| format!("{}/{}", receipt.stream, receipt.id);
        for verdict in batch {
            match verdict {
                Verdict::Done { lease, retried } => {
                    let receipt = &lease.receipt;
                    acks.entry(&receipt.stream).or_default().push(&receipt.id);
                    if *retried {
                        forget.push(field(receipt));
                    }
                }
                Verdict::Skipped { stream, ids } => acks
                    .entry(&self.shared.streams[*stream])
                    .or_default()
                    .extend(ids.iter().map(String::as_str)),
                Verdict::Forget(receipt) => forget.push(field(receipt)),
                Verdict::Retry { .. } | Verdict::Dead { .. } | Verdict::Abandoned(_) => {}
            }
        }
        if acks.is_empty() && forget.is_empty() {
            return Ok(());
        }
        let mut pipe = redis::pipe();
        for (stream, ids) in acks {
            pipe.cmd("XACK")
                .arg(stream)
                .arg(&*self.shared.group)
                .arg(ids)
                .ignore();
        }
        if !forget.is_empty() {
            let attempts = self.shared.partition.attempts(self.shared.service());
            pipe.cmd("HDEL").arg(attempts).arg(forget).ignore();
        }
        self.insist(|| async { Ok(pipe.query_async::<()>(&mut self.shared.link()).await?) })
            .await
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
        lease.end();
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
        let delay = self.shared.options.backoff.delay(1);
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
        let lease = self.shared.lease_ms();
        let attempts = self.shared.partition.attempts(self.shared.service());
        let reply = scripts::PARK
            .call(&[&*receipt.stream, &attempts])
            .arg(&*receipt.group)
            .arg(&receipt.id)
            .arg(&*receipt.consumer)
            .arg(receipt.deliveries)
            .arg(lease)
            .arg(millis(delay).min(lease))
            .arg(record)
            .arg(count)
            .run(&mut self.shared.link())
            .await?;
        match reply.tag() {
            "PARKED" => Ok(()),
            "DELETED" => {
                self.shared.count_lost(1);
                Ok(())
            }
            "GONE" | "LOST" => {
                tracing::debug!(entry = %receipt, answer = reply.tag(), "not parked");
                Ok(())
            }
            _ => Err(reply.unexpected()),
        }
    }

    async fn bury(
        &self,
        lease: Lease,
        delivery: Delivery,
        cause: &Cause,
        last_attempt: bool,
    ) -> Result<()> {
        tracing::error!(entry = %delivery.receipt, %cause, "dead letter");
        self.shared.metrics.dead.increment(1);
        let record = if last_attempt {
            self.record(delivery.attempts + 1, cause)
        } else {
            String::new()
        };
        self.insist(|| self.bury_once(&delivery, cause, &record))
            .await?;
        lease.end();
        Ok(())
    }

    async fn bury_once(&self, delivery: &Delivery, cause: &Cause, record: &str) -> Result<()> {
        let (shared, receipt) = (&self.shared, &delivery.receipt);
        let dead = shared.partition.dead(shared.service());
        let attempts = shared.partition.attempts(shared.service());
        let mut call = scripts::BURY
            .call(&[&*receipt.stream, &dead, &attempts])
            .arg(&*receipt.group)
            .arg(&receipt.id)
            .arg(cause.as_str())
            .arg(record)
            .arg(clock::now_rfc3339())
            .arg(receipt.deliveries)
            .arg(&*receipt.consumer);
        for (name, value) in &delivery.entry.fields {
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
