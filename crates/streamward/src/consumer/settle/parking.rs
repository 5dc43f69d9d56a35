//! Parking: the settler sets failed entries aside until their backoff is over.

use std::time::Duration;

use serde::Serialize;

use super::settler::Settler;
use crate::{
    clock,
    consumer::{
        connection::millis,
        work::{
            lease::Lease,
            policy::{Policy, Retry},
        },
    },
    error::Result,
    handler::Receipt,
    outcome::Cause,
    scripts,
};

/// Characters of a cause that the history keeps: a cause may quote a whole answer of a server.
const LONGEST_CAUSE: usize = 500;

/// Pause of an entry whose handler met an outage.
const OUTAGE_PAUSE: Duration = Duration::from_secs(1);

/// Settings of parking.
#[derive(Clone, Debug)]
pub(crate) struct Parking {
    /// Idle time after which a parked entry is due.
    pub(crate) lease: Duration,
    /// Entries per stream that may be parked; more go through the delay queue.
    pub(crate) room: usize,
    /// For the backoff after a crash of the handler.
    pub(crate) policy: Policy,
}

/// Recorded error, as the history keeps it.
#[derive(Serialize)]
struct Record<'a> {
    attempt: u32,
    error: &'a str,
    at: String,
    consumer: &'a str,
}

impl Settler {
    /// Parks an entry whose handler failed.
    pub(crate) async fn retry(&self, lease: Lease, retry: &Retry) -> Result<()> {
        let receipt = &lease.receipt;
        let Retry {
            attempt,
            delay,
            cause,
        } = retry;
        tracing::debug!(entry = %receipt, attempt, ?delay, %cause, "retry");
        self.connection.identity.metrics.retried.increment(1);
        let record = self.record(*attempt, cause);
        self.insist(|| self.park(receipt, *delay, &record, receipt.deliveries))
            .await?;
        lease.end();
        Ok(())
    }

    /// Parks an entry whose handler met an outage of Redis. Neither an attempt nor a delivery is counted,
    /// but for the first one, because it may have left effects.
    pub(crate) async fn set_aside(&self, lease: Lease, cause: &Cause) -> Result<()> {
        let receipt = &lease.receipt;
        tracing::debug!(entry = %receipt, %cause, "redis was not available");
        self.connection.identity.metrics.retried.increment(1);
        let count = receipt.deliveries.saturating_sub(1).max(1);
        self.insist(|| self.park(receipt, OUTAGE_PAUSE, "", count))
            .await?;
        lease.end();
        Ok(())
    }

    /// Parks an entry whose handling broke off, for the first backoff, or for no time during a drain.
    ///
    /// An entry that never began, or was handed back in order, has not crashed its handler; but the
    /// first delivery stays counted, because it may have left effects.
    pub(crate) async fn hand_back(&self, receipt: &Receipt, begun: bool) -> Result<()> {
        let draining = self.flow.is_draining();
        let deliveries = receipt.deliveries;
        let count = if begun && !draining {
            deliveries
        } else {
            deliveries.saturating_sub(1).max(1)
        };
        let delay = if draining {
            Duration::ZERO
        } else {
            self.parking.policy.pause_after_crash()
        };
        if draining {
            tracing::info!(entry = %receipt, "handed back");
        } else if begun {
            tracing::warn!(entry = %receipt, deliveries, "abandoned");
        }
        self.insist(|| self.park(receipt, delay, "", count)).await
    }

    /// Returns an error as JSON for the history.
    pub(crate) fn record(&self, attempt: u32, cause: &Cause) -> String {
        let error = cause.as_str();
        let end = error.char_indices().nth(LONGEST_CAUSE);
        let record = Record {
            attempt,
            error: &error[..end.map_or(error.len(), |(at, _)| at)],
            at: clock::rfc3339(self.connection.now_ms()),
            consumer: &self.connection.identity.consumer,
        };
        serde_json::to_string(&record).unwrap_or_default()
    }

    async fn park(
        &self,
        receipt: &Receipt,
        delay: Duration,
        record: &str,
        count: u32,
    ) -> Result<()> {
        let identity = &self.connection.identity;
        let (partition, service) = (&identity.partition, &*identity.service);
        let (lease, room) = (self.parking.lease, self.parking.room);
        let (delay, room) = if self.flow.key_order.is_some() {
            // The delay queue would bring it back behind its successors.
            (delay.min(lease), usize::MAX)
        } else {
            (delay, room)
        };
        let keys = [
            &*receipt.stream,
            &identity.attempts_key(),
            &partition.delayed(service),
            &partition.delayed_data(service),
        ];
        let reply = scripts::PARK_ENTRIES
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
            .run(&mut self.connection.link())
            .await?;
        match reply.tag() {
            "PARKED" => self.leases.attention.raise(delay.min(lease)),
            "GONE" => {}
            "POSTPONED" => identity.metrics.postponed.increment(1),
            "DELETED" => {
                identity.count_lost(1);
                if let Some(stream) = identity.stream_number(&receipt.stream) {
                    self.flow.release_key(stream, receipt.id.clone());
                }
            }
            "LOST" => {
                tracing::debug!(entry = %receipt, "another consumer has it: not parked");
                self.leases.request_recovery();
            }
            _ => return Err(reply.unexpected()),
        }
        Ok(())
    }
}
