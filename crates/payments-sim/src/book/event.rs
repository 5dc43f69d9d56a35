//! Events: what the shop is told.

use serde::{Deserialize, Serialize};

use super::{IntentState, Row};
use crate::ids::{EventId, IntentId};

/// What an event says; the names on the wire are Stripe's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum EventType {
    #[serde(rename = "payment_intent.succeeded")]
    Succeeded,
    #[serde(rename = "payment_intent.payment_failed")]
    PaymentFailed,
    #[serde(rename = "payment_intent.canceled")]
    Canceled,
    #[serde(rename = "charge.refunded")]
    Refunded,
    #[serde(rename = "checkout.session.completed")]
    SessionCompleted,
    #[serde(rename = "checkout.session.expired")]
    SessionExpired,
}

impl EventType {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "payment_intent.succeeded",
            Self::PaymentFailed => "payment_intent.payment_failed",
            Self::Canceled => "payment_intent.canceled",
            Self::Refunded => "charge.refunded",
            Self::SessionCompleted => "checkout.session.completed",
            Self::SessionExpired => "checkout.session.expired",
        }
    }

    /// Whether it is about the intent's checkout session instead of the intent.
    pub(crate) fn is_of_session(self) -> bool {
        match self {
            Self::SessionCompleted | Self::SessionExpired => true,
            Self::Succeeded | Self::PaymentFailed | Self::Canceled | Self::Refunded => false,
        }
    }
}

/// An event. It holds what its object was at its time, so every attempt carries the same body.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Event {
    pub(crate) id: EventId,
    #[serde(rename = "type")]
    pub(crate) kind: EventType,
    pub(crate) created: i64,
    pub(crate) intent: IntentId,
    pub(crate) state: IntentState,
    /// Given back of the intent's charge, this refund included.
    #[serde(default)]
    pub(crate) refunded: u64,
    /// No delivery is owed any more.
    #[serde(default)]
    pub(crate) settled: bool,
}

impl Row for Event {
    type Id = EventId;

    fn id(&self) -> EventId {
        self.id
    }
}
