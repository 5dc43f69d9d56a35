//! Charging, a bounded number at a time.
//!
//! A charge is the one call whose time a bank decides. A worker waits for it for some seconds only, for one
//! second when half of the places are taken, and only so many workers may wait that others are left for
//! everything else: whoever finds no place does not queue, but leaves the charge to the next question to the
//! provider.

use std::time::Duration;

use contracts::{OrderId, event::Failure};
use store::payment::Unanswered;
use tokio::sync::Semaphore;

use crate::gateway::{Charged, Gateway, GatewayError};

/// How long a charge may take when there is room.
const PATIENCE: Duration = Duration::from_secs(5);
/// And when there is not much left.
const PATIENCE_IN_A_CROWD: Duration = Duration::from_secs(1);

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
pub(crate) struct Charges {
    free: Semaphore,
    places: usize,
}

impl Charges {
    pub(crate) fn at_most(places: usize) -> Self {
        Self {
            free: Semaphore::new(places),
            places,
        }
    }

    fn patience(&self) -> Duration {
        if self.free.available_permits() * 2 < self.places {
            PATIENCE_IN_A_CROWD
        } else {
            PATIENCE
        }
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
        let Ok(_place) = self.free.try_acquire() else {
            tracing::debug!(%order, "too many charges wait for their answer");
            return Ok(Tried::Unanswered(charge));
        };
        let asked = gateway.charge(order, intent, &charge.method, charge.attempt);
        let answer = tokio::time::timeout(self.patience(), asked).await;
        let silence = |_| Err(GatewayError::Unavailable("no answer in time".to_owned()));
        match answer.unwrap_or_else(silence) {
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
