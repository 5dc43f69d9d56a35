//! Records besides intents: charges, refunds, checkout sessions, events, and their metadata.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::intent::{IntentState, Method};
use crate::ids::{ChargeId, EventId, IntentId, RefundId, SessionId};

/// An attempt to take an intent's money; derived from the states of its intent, so not in the
/// journal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Charge {
    pub(crate) id: ChargeId,
    pub(crate) intent: IntentId,
    pub(crate) method: Option<Method>,
    /// Whether it was declined. The status of any other charge is that of its intent.
    pub(crate) failed: bool,
}

/// Reason of a refund, given by the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RefundReason {
    Duplicate,
    Fraudulent,
    RequestedByCustomer,
}

/// A refund, which succeeds immediately and never changes.
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

/// A checkout session: an intent with a pay page. Its status is derived from the intent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) id: SessionId,
    pub(crate) intent: IntentId,
    pub(crate) created: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) success_url: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cancel_url: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) client_reference_id: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Metadata::is_empty")]
    pub(crate) metadata: Metadata,
}

/// Type of an event; the names on the wire are Stripe's.
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

    /// Returns whether the event is about the intent's checkout session instead of the intent.
    pub(crate) fn is_of_session(self) -> bool {
        match self {
            Self::SessionCompleted | Self::SessionExpired => true,
            Self::Succeeded | Self::PaymentFailed | Self::Canceled | Self::Refunded => false,
        }
    }
}

/// An event, with the state of its object at that time, so that every delivery has the same body.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Event {
    pub(crate) id: EventId,
    #[serde(rename = "type")]
    pub(crate) kind: EventType,
    pub(crate) created: i64,
    pub(crate) intent: IntentId,
    pub(crate) state: IntentState,
    /// Refunded amount of the intent's charge, this refund included.
    #[serde(default)]
    pub(crate) refunded: u64,
    /// Whether the event needs no further delivery.
    #[serde(default)]
    pub(crate) settled: bool,
}

/// Key-value pairs, sorted by key.
///
/// One allocation for the list, because most hold one or two pairs and millions are kept.
#[derive(Clone, Debug, Default)]
pub(crate) struct Metadata(Box<[(Box<str>, Box<str>)]>);

impl Metadata {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| **known == *key);
        found.map(|(_, value)| &**value)
    }

    /// Returns these pairs updated with others, of which an empty value removes its key.
    pub(crate) fn merged(&self, others: Self) -> Self {
        let both: Self = self.0.iter().cloned().chain(others.0).collect();
        let kept = both.0.into_iter().filter(|(_, value)| !value.is_empty());
        kept.collect()
    }
}

/// The last of several pairs with the same key wins.
impl FromIterator<(Box<str>, Box<str>)> for Metadata {
    fn from_iter<I: IntoIterator<Item = (Box<str>, Box<str>)>>(pairs: I) -> Self {
        let sorted: BTreeMap<_, _> = pairs.into_iter().collect();
        Self(sorted.into_iter().collect())
    }
}

impl Serialize for Metadata {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

impl<'de> Deserialize<'de> for Metadata {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        BTreeMap::deserialize(deserializer).map(|sorted| Self(sorted.into_iter().collect()))
    }
}
