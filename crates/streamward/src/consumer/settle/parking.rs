//! Parking: the settler puts failed entries aside.

use std::time::Duration;

use crate::consumer::{settle::settler::Settler, shared::millis, work::lease::Lease};
use crate::{error::Result, handler::Receipt, outcome::Cause, scripts};

impl Settler {
    pub(crate) async fn retry(
        &self,
        lease: Lease,
        attempt: u32,
        delay: Duration,
        cause: &Cause,
    ) -> Result<()> {
        let receipt = &lease.receipt;
        tracing::debug!(entry = %receipt, attempt, ?delay, %cause, "retry");
        self.shared.metrics.retried.increment(1);
        let record = self.record(attempt, cause);
        self.insist(|| self.park(receipt, delay, &record, receipt.deliveries))
            .await?;
        lease.put_aside();
        Ok(())
    }

    /// Parks an entry whose handling broke off, for the first backoff; at once when this process is
    /// leaving. What never began, or was handed back in order, is no crash of the entry's handler; but
    /// the first delivery stays visible, because it may have left effects.
    pub(crate) async fn hand_back(&self, receipt: &Receipt, begun: bool) -> Result<()> {
        let draining = self.shared.is_draining();
        let blameless = receipt.deliveries.saturating_sub(1).max(1);
        let (delay, count) = match (draining, begun) {
            (true, _) => (Duration::ZERO, blameless),
            (false, false) => (self.shared.options.policy.pause_after_crash(), blameless),
            (false, true) => (
                self.shared.options.policy.pause_after_crash(),
                receipt.deliveries,
            ),
        };
        if draining {
            tracing::info!(entry = %receipt, "handed back");
        } else if begun {
            tracing::warn!(entry = %receipt, deliveries = receipt.deliveries, "abandoned");
        }
        self.insist(|| self.park(receipt, delay, "", count)).await
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
        if shared.key_order.is_some() {
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
            "GONE" => Ok(()),
            "LOST" => {
                tracing::debug!(entry = %receipt, "another consumer has it: not parked");
                shared.request_recovery();
                Ok(())
            }
            _ => Err(reply.unexpected()),
        }
    }
}
