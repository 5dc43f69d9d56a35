//! What the payment service needs of a provider.

use std::future::Future;

use contracts::{Money, OrderId};
use store::payment::Intent;
use streamward::{Cause, Outcome};

use crate::Refund;

/// Why the provider did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// It did not answer, or answered that it is not well: the same request may work later.
    #[error("the provider is not available: {0}")]
    Unavailable(String),
    /// It understood and refuses for good.
    #[error("the provider refuses: {0}")]
    Refused(String),
}

impl From<GatewayError> for Outcome {
    fn from(error: GatewayError) -> Self {
        match error {
            GatewayError::Unavailable(_) => Self::retry(error),
            GatewayError::Refused(_) => Self::Dead {
                cause: Cause::from(error),
            },
        }
    }
}

/// An intent at the provider, and whether the method that came with it was refused outright.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The intent.
    pub intent: Intent,
    /// The provider does not know or take the method; a declined charge is not that, it is
    /// reported by callback.
    pub refused: bool,
}

/// What cancelling an intent did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voided {
    /// It can no longer be paid.
    Voided,
    /// It was charged, or is being charged.
    TooLate,
}

/// An intent as the provider knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntentTruth {
    /// The order it was opened for.
    pub order_id: Option<String>,
    /// Whether its money was captured.
    pub succeeded: bool,
    /// What was captured.
    pub captured: Money,
}

/// A payment provider. Every call may be repeated and must then change nothing.
pub trait Gateway: Send + Sync + 'static {
    /// Opens the intent of `order`; with a method, charges it at once.
    fn open(
        &self,
        order: &OrderId,
        amount: Money,
        method: Option<&str>,
    ) -> impl Future<Output = Result<Opened, GatewayError>> + Send;

    /// Charges an open intent with another method. The result comes by callback.
    fn charge(
        &self,
        order: &OrderId,
        intent: &str,
        method: &str,
        attempt: u32,
    ) -> impl Future<Output = Result<(), GatewayError>> + Send;

    /// Cancels an intent; one that cannot be cancelled any more is left as it is.
    fn void(
        &self,
        order: &OrderId,
        intent: &str,
    ) -> impl Future<Output = Result<Voided, GatewayError>> + Send;

    /// Pays back what the intent captured, in full.
    fn refund(
        &self,
        order: &OrderId,
        intent: &str,
    ) -> impl Future<Output = Result<Refund, GatewayError>> + Send;

    /// Asks for an intent; `None` when the provider knows none with this id.
    fn look(
        &self,
        intent: &str,
    ) -> impl Future<Output = Result<Option<IntentTruth>, GatewayError>> + Send;

    /// The page on which a person can pay the intent.
    fn pay_url(&self, intent: &str) -> String;
}
