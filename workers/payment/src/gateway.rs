//! What the payment service needs of a provider.

use std::future::Future;

use contracts::{Money, OrderId, event::Failure};
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

/// What the provider answered to a charge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Charged {
    /// It was made, whatever comes of it: that is reported by callback. Also when the intent was paid or
    /// cancelled before.
    Begun,
    /// The provider does not know or take the method, so there is nothing to report.
    Refused(Failure),
}

/// What cancelling an intent did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Voided {
    /// It can no longer be paid.
    Voided,
    /// It was charged, or is being charged.
    TooLate,
}

/// Where an intent stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntentStatus {
    /// It waits for a method, or for the customer.
    Unpaid,
    /// A charge is under way.
    Processing,
    /// Its money was captured.
    Succeeded,
    /// It can never be paid.
    Canceled,
}

/// An intent as the provider knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntentTruth {
    /// The order it was opened for.
    pub order_id: Option<String>,
    /// Where it stands.
    pub status: IntentStatus,
    /// What was captured.
    pub captured: Money,
    /// The last charge that failed, if one did.
    pub failure: Option<FailedCharge>,
}

impl IntentTruth {
    /// Whether its money was captured.
    pub fn succeeded(&self) -> bool {
        self.status == IntentStatus::Succeeded
    }
}

/// A charge that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedCharge {
    /// The provider's id.
    pub id: String,
    /// Why.
    pub failure: Failure,
}

/// A payment provider. Every call may be repeated and must then change nothing.
pub trait Gateway: Send + Sync + 'static {
    /// Opens the intent of `order`, without charging it.
    fn open(
        &self,
        order: &OrderId,
        amount: Money,
    ) -> impl Future<Output = Result<Intent, GatewayError>> + Send;

    /// Charges an open intent; `attempt` counts the order's charges from 1. The caller waits for some
    /// seconds only; after that, and after [`GatewayError::Unavailable`], the charge may have been made all
    /// the same.
    fn charge(
        &self,
        order: &OrderId,
        intent: &str,
        method: &str,
        attempt: u32,
    ) -> impl Future<Output = Result<Charged, GatewayError>> + Send;

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
