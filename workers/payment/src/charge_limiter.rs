//! Bulkhead for charges: a bounded number wait for their answer at a time.
//!
//! A charge is the only call whose duration a bank decides. It times out after some seconds, after one
//! second when half of the slots are taken, and leaves workers for everything else. A charge without a
//! free slot does not queue: the next poll makes it.

use std::time::Duration;

use contracts::{OrderId, event::Failure};
use store::payment::UnansweredCharge;
use tokio::sync::Semaphore;

use crate::gateway::{ChargeResponse, Gateway, GatewayError};

/// Timeout of a charge while at least half of the slots are free.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Timeout of a charge when fewer slots are free.
const BUSY_TIMEOUT: Duration = Duration::from_secs(1);

/// Result of an attempted charge, as far as its answer goes; a callback reports the end of the charge.
#[derive(Debug)]
pub(crate) enum ChargeAttempt {
    /// The provider accepted the charge.
    Accepted,
    /// The provider does not accept the method, so no callback follows.
    Refused(Failure),
    /// The provider may or may not have the charge.
    Unanswered(UnansweredCharge),
}

impl ChargeAttempt {
    /// Returns the charge to be retried.
    pub(crate) const fn unanswered(&self) -> Option<&UnansweredCharge> {
        match self {
            Self::Unanswered(charge) => Some(charge),
            Self::Accepted | Self::Refused(_) => None,
        }
    }
}

/// Slots for charges that wait for their answer.
#[derive(Debug)]
pub(crate) struct ChargeLimiter {
    free: Semaphore,
    slots: usize,
}

impl ChargeLimiter {
    pub(crate) fn new(slots: usize) -> Self {
        Self {
            free: Semaphore::new(slots),
            slots,
        }
    }

    fn timeout(&self) -> Duration {
        if self.free.available_permits() * 2 < self.slots {
            BUSY_TIMEOUT
        } else {
            TIMEOUT
        }
    }

    /// Charges an intent if a slot is free.
    ///
    /// # Errors
    /// When the provider refuses the shop itself, and not this charge.
    pub(crate) async fn charge<G: Gateway>(
        &self,
        gateway: &G,
        order: &OrderId,
        intent: &str,
        charge: UnansweredCharge,
    ) -> Result<ChargeAttempt, GatewayError> {
        let Ok(_slot) = self.free.try_acquire() else {
            tracing::debug!(%order, "charge deferred: every slot for charges is taken");
            return Ok(ChargeAttempt::Unanswered(charge));
        };
        let request = gateway.charge(order, intent, &charge.method, charge.attempt);
        let response = tokio::time::timeout(self.timeout(), request).await;
        let timed_out = |_| Err(GatewayError::Unavailable("no answer in time".to_owned()));
        match response.unwrap_or_else(timed_out) {
            Ok(ChargeResponse::Accepted) => Ok(ChargeAttempt::Accepted),
            Ok(ChargeResponse::Refused(failure)) => Ok(ChargeAttempt::Refused(failure)),
            Err(GatewayError::Unavailable(error)) => {
                tracing::info!(%order, error, "charge unanswered; the payment will be polled");
                Ok(ChargeAttempt::Unanswered(charge))
            }
            Err(refused @ GatewayError::Refused(_)) => Err(refused),
        }
    }
}
