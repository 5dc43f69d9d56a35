//! Events of the payment service, and the messages in its inbox.

use serde::{Deserialize, Serialize};

use super::{ChargeStatus, Failure};
use crate::{Money, OrderId, PaymentId};

/// Topic `payments:opened`: the customer can pay on the provider's page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentOpened {
    /// The order.
    pub order_id: OrderId,
    /// Its payment.
    pub payment_id: PaymentId,
    /// The provider's payment page.
    pub pay_url: String,
}

/// Topic `payments:processed`: the provider reported the end of a charge.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentProcessed {
    /// The order.
    pub order_id: OrderId,
    /// Its payment.
    pub payment_id: PaymentId,
    /// Result of the charge.
    pub payment_status: ChargeStatus,
    /// The amount captured; zero when the charge failed.
    pub amount: Money,
    /// Reason of a failed charge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// The provider's page for another attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pay_url: Option<String>,
}

/// Topic `payments:refunded`: the whole payment was paid back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PaymentRefunded {
    /// The order.
    pub order_id: OrderId,
    /// Its payment.
    pub payment_id: PaymentId,
    /// The amount paid back.
    pub amount: Money,
}

/// Inbox of the payment service: the provider's report on a charge.
///
/// The API writes it as `ProviderCallback` after it has verified a callback; the payment service
/// builds the same report from an intent that it looked up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChargeReport {
    /// The order named in the intent's metadata.
    pub order_id: OrderId,
    /// The provider's event id.
    pub event_id: String,
    /// The provider's intent id.
    pub intent_id: String,
    /// The provider's id of the failed charge, if given: a second report of the same charge is a
    /// duplicate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charge_id: Option<String>,
    /// Result of the charge.
    pub result: ChargeStatus,
    /// The amount captured.
    pub amount: Money,
    /// Reason of a failed charge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

/// Inbox of the payment service, from its delay queue: no report on the order's payment has arrived,
/// so the intent is to be looked up at the provider.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PaymentPoll {}
