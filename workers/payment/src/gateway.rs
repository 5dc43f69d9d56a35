//! Interface of a payment provider.

use std::future::Future;

use contracts::{Money, OrderId, event::Failure};
use store::payment::Intent;
use streamward::Outcome;

/// Error of a request to the provider.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// No answer, or a temporary error: the same request may succeed later.
    #[error("the provider is not available: {0}")]
    Unavailable(String),
    /// A permanent refusal.
    #[error("the provider refuses: {0}")]
    Refused(String),
}

impl From<GatewayError> for Outcome {
    fn from(error: GatewayError) -> Self {
        match error {
            GatewayError::Unavailable(_) => Self::retry(error),
            GatewayError::Refused(_) => Self::dead(error),
        }
    }
}

/// The provider's response to a charge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChargeResponse {
    /// The charge was made, with a result to be reported by callback. Also the response when the
    /// intent was paid or cancelled before.
    Accepted,
    /// The provider does not accept the method; no callback follows.
    Refused(Failure),
}

/// The provider's response to the cancellation of an intent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VoidResponse {
    /// The intent can no longer be paid.
    Voided,
    /// The intent was charged, or is being charged.
    TooLate,
}

/// A refund at the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// The provider's id.
    pub id: String,
    /// The amount paid back.
    pub amount: Money,
}

/// State of an intent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntentStatus {
    /// Open for a payment method, or for the customer's payment.
    Unpaid,
    /// A charge is in progress.
    Processing,
    /// The amount was captured.
    Succeeded,
    /// The intent can never be paid.
    Canceled,
}

/// Snapshot of an intent at the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IntentSnapshot {
    /// The order named in its metadata.
    pub order_id: Option<String>,
    /// Its state.
    pub status: IntentStatus,
    /// The amount captured.
    pub captured: Money,
    /// The last failed charge, if any.
    pub failure: Option<FailedCharge>,
}

impl IntentSnapshot {
    /// Returns whether the amount was captured.
    pub fn succeeded(&self) -> bool {
        self.status == IntentStatus::Succeeded
    }
}

/// A failed charge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedCharge {
    /// The provider's id.
    pub id: String,
    /// Reason of the failure.
    pub failure: Failure,
}

/// A payment provider. Every call is idempotent.
pub trait Gateway: Send + Sync + 'static {
    /// Opens the intent of `order` without charging it.
    fn open(
        &self,
        order: &OrderId,
        amount: Money,
    ) -> impl Future<Output = Result<Intent, GatewayError>> + Send;

    /// Charges an open intent; `attempt` counts the order's charges from 1.
    ///
    /// The caller times out after some seconds; after that, and after [`GatewayError::Unavailable`],
    /// the charge may have been made nevertheless.
    fn charge(
        &self,
        order: &OrderId,
        intent: &str,
        method: &str,
        attempt: u32,
    ) -> impl Future<Output = Result<ChargeResponse, GatewayError>> + Send;

    /// Cancels an intent; one past cancellation stays unchanged.
    fn void(
        &self,
        order: &OrderId,
        intent: &str,
    ) -> impl Future<Output = Result<VoidResponse, GatewayError>> + Send;

    /// Refunds the captured amount of the intent in full.
    fn refund(
        &self,
        order: &OrderId,
        intent: &str,
    ) -> impl Future<Output = Result<Refund, GatewayError>> + Send;

    /// Looks an intent up; `None` when the provider has none with this id.
    fn look_up(
        &self,
        intent: &str,
    ) -> impl Future<Output = Result<Option<IntentSnapshot>, GatewayError>> + Send;

    /// Returns the page on which a person pays the intent.
    fn pay_url(&self, intent: &str) -> String;
}
