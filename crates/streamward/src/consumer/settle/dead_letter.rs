//! Burying: the settler moves entries that cannot be handled to the dead letters.

use crate::consumer::{settle::settler::Settler, work::lease::Lease};
use crate::{clock, error::Result, handler::Delivery, outcome::Cause, scripts};

/// What is written about an entry that is buried.
pub(crate) struct Letter {
    pub(crate) delivery: Delivery,
    pub(crate) cause: Cause,
    /// The last error as JSON, or nothing.
    pub(crate) record: String,
    /// What poison is known by, or nothing.
    pub(crate) mark: String,
}

impl Settler {
    pub(crate) async fn bury(&self, lease: Lease, letter: &Letter) -> Result<()> {
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
