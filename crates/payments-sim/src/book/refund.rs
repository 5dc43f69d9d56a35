//! Refunds.

use serde::{Deserialize, Serialize};

use super::{Metadata, Row};
use crate::ids::{IntentId, RefundId};

/// Why money is given back, as the shop says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RefundReason {
    Duplicate,
    Fraudulent,
    RequestedByCustomer,
}

/// Money given back. It always succeeds, at once, and never changes.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Refund {
    pub(crate) id: RefundId,
    pub(crate) intent: IntentId,
    /// Minor units, in the intent's currency.
    pub(crate) amount: u64,
    pub(crate) created: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<RefundReason>,
    #[serde(default, skip_serializing_if = "Metadata::is_empty")]
    pub(crate) metadata: Metadata,
}

impl Row for Refund {
    type Id = RefundId;

    fn id(&self) -> RefundId {
        self.id
    }
}
