//! The payment service's inbox: what the provider reports, and when it is asked instead.

use serde::{Deserialize, Serialize};

use super::{ChargeStatus, Failure};
use crate::{Money, OrderId};

/// Inbox of the payment service: a verified callback of the provider, written by the API.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProviderCallback {
    /// The order named in the intent's metadata.
    pub order_id: OrderId,
    /// The provider's event id.
    pub event_id: String,
    /// The provider's intent id.
    pub intent_id: String,
    /// The provider's id of the charge that failed, where it names one: whoever reports the same
    /// charge again reports no news.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charge_id: Option<String>,
    /// What the intent came to.
    pub result: ChargeStatus,
    /// What was captured.
    pub amount: Money,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

/// Inbox of the payment service, from its delay queue: nothing was heard of the order's payment for a
/// while, so the provider is to be asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PaymentPoll {}
