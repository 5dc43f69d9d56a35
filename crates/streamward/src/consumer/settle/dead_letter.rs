//! Dead letters: the settler moves entries there that cannot be handled.

use super::settler::Settler;
use crate::{clock, error::Result, handler::Delivery, outcome::Cause, scripts};

/// Contents of one dead letter.
pub(crate) struct Letter {
    pub(crate) delivery: Delivery,
    pub(crate) cause: Cause,
    /// The last error as JSON, or nothing.
    pub(crate) record: String,
    /// Mark of the poison, or nothing.
    pub(crate) mark: String,
}

impl Settler {
    /// Moves one entry to the dead letters, as far as this consumer still holds it.
    pub(crate) async fn dead_letter(&self, letter: &Letter) -> Result<()> {
        let (identity, receipt) = (&self.connection.identity, &letter.delivery.receipt);
        let (partition, service) = (&identity.partition, &*identity.service);
        let keys = [
            &*receipt.stream,
            &partition.dead(service),
            &identity.attempts_key(),
            &partition.poison(service),
        ];
        let mut call = scripts::DEAD_LETTER_ENTRY
            .call(&keys)
            .arg(&*receipt.group)
            .arg(&receipt.id)
            .arg(letter.cause.as_str())
            .arg(&letter.record)
            .arg(clock::rfc3339(self.connection.now_ms()))
            .arg(receipt.deliveries)
            .arg(&*receipt.consumer)
            .arg(&letter.mark);
        for (name, value) in &letter.delivery.entry.fields {
            call = call.arg(&name[..]).arg(&value[..]);
        }
        let reply = call.run(&mut self.connection.link()).await?;
        match reply.tag() {
            "DEAD_LETTERED" => {
                tracing::error!(entry = %receipt, cause = %letter.cause, "dead letter");
                identity.metrics.dead.increment(1);
            }
            "STALE" => {}
            "LOST" => self.leases.request_recovery(),
            _ => return Err(reply.unexpected()),
        }
        Ok(())
    }
}
