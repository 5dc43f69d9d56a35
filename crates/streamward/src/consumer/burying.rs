//! Burying: the settler moves entries that cannot be handled to the dead letters.

use super::{lease::Lease, settler::Settler};
use crate::{clock, error::Result, handler::Delivery, outcome::Cause, scripts};

/// What is written about an entry that is buried.
pub(super) struct Letter {
    pub(super) delivery: Delivery,
    pub(super) cause: Cause,
    /// The last error as JSON, or nothing.
    pub(super) record: String,
    /// What poison is known by, or nothing.
    pub(super) mark: String,
}

impl Settler {
    pub(super) async fn bury(&self, lease: Lease, letter: &Letter) -> Result<()> {
        self.insist(|| self.bury_once(letter)).await?;
        lease.end();
        Ok(())
    }

    async fn bury_once(&self, letter: &Letter) -> Result<()> {
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
            "BURIED" => {
                tracing::error!(entry = %receipt, cause = %letter.cause, "dead letter");
                shared.metrics.dead.increment(1);
                Ok(())
            }
            "STALE" => Ok(()),
            "LOST" => {
                shared.request_recovery();
                Ok(())
            }
            _ => Err(reply.unexpected()),
        }
    }
}
