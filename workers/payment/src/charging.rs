//! Charging, a bounded number at a time.
//!
//! A charge is the one call whose time a bank decides. A worker waits for it for some seconds only, and
//! so many workers may wait that others are left for everything else: whoever finds no place does not
//! queue, but leaves the charge to the next question to the provider.

use contracts::{OrderId, event::Failure};
use store::payment::Unanswered;
use tokio::sync::Semaphore;

use crate::gateway::{Charged, Gateway, GatewayError};

/// What a charge came to, as far as its answer says. The result itself comes by callback.
#[derive(Debug)]
pub(crate) enum Tried {
    /// The provider has it.
    Begun,
    /// The provider will not take this method at all, so no callback will come either.
    Refused(Failure),
    /// It may or may not have it.
    Unanswered(Unanswered),
}

impl Tried {
    /// The charge to be made again.
    pub(crate) const fn unanswered(&self) -> Option<&Unanswered> {
        match self {
            Self::Unanswered(charge) => Some(charge),
            Self::Begun | Self::Refused(_) => None,
        }
    }
}

/// The places for charges that wait for their answer.
#[derive(Debug)]
pub(crate) struct Charges(Semaphore);

impl Charges {
    pub(crate) fn at_most(places: usize) -> Self {
        Self(Semaphore::new(places))
    }

    /// Makes a charge, if there is a place for it now.
    ///
    /// # Errors
    /// When the provider refuses the shop itself, and not this charge.
    pub(crate) async fn make<G: Gateway>(
        &self,
        gateway: &G,
        order: &OrderId,
        intent: &str,
        charge: Unanswered,
    ) -> Result<Tried, GatewayError> {
        let Ok(_place) = self.0.try_acquire() else {
            tracing::debug!(%order, "too many charges wait for their answer");
            return Ok(Tried::Unanswered(charge));
        };
        let answer = gateway
            .charge(order, intent, &charge.method, charge.attempt)
            .await;
        match answer {
            Ok(Charged::Begun) => Ok(Tried::Begun),
            Ok(Charged::Refused(failure)) => Ok(Tried::Refused(failure)),
            Err(GatewayError::Unavailable(why)) => {
                tracing::info!(%order, why, "a charge was not answered; it is asked about");
                Ok(Tried::Unanswered(charge))
            }
            Err(refused @ GatewayError::Refused(_)) => Err(refused),
        }
    }
}
