//! Payment intents.
//!
//! ```text
//! requires_payment_method <--> requires_confirmation     (a method is attached, or was declined)
//!        |        |                    |      |
//!        |        +---- confirm -------+      |
//!      cancel          |          |         cancel
//!        v             v          v           v
//!     canceled     succeeded <- processing  canceled
//! ```

use serde::{Deserialize, Serialize};

use super::records::Metadata;
use crate::ids::{ChargeId, EventId, IntentId, SessionId};

/// Status of a payment intent; the names on the wire are Stripe's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum IntentStatus {
    /// No payment method is attached, or the last one was declined.
    RequiresPaymentMethod,
    /// A payment method is attached and not confirmed.
    RequiresConfirmation,
    /// The charge was started and its outcome is unknown.
    Processing,
    /// The charge succeeded; final.
    Succeeded,
    /// The intent was cancelled without a charge; final.
    Canceled,
}

/// Test payment methods; Stripe's own test names are aliases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Method {
    #[serde(rename = "pm_card_visa")]
    Visa,
    #[serde(
        rename = "pm_card_declined",
        alias = "pm_card_chargeDeclined",
        alias = "pm_card_visa_chargeDeclined"
    )]
    Declined,
    #[serde(rename = "pm_card_slow")]
    Slow,
    #[serde(rename = "pm_card_timeout")]
    Timeout,
}

impl Method {
    pub(crate) const ALL: [Self; 4] = [Self::Visa, Self::Declined, Self::Slow, Self::Timeout];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Visa => "pm_card_visa",
            Self::Declined => "pm_card_declined",
            Self::Slow => "pm_card_slow",
            Self::Timeout => "pm_card_timeout",
        }
    }
}

/// Reason of a cancellation, given by the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CancelReason {
    Duplicate,
    Fraudulent,
    RequestedByCustomer,
    Abandoned,
}

/// A lower-case ISO 4217 code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Currency([u8; 3]);

impl Currency {
    /// Parses three lower-case letters.
    pub(crate) fn parse(code: &str) -> Option<Self> {
        let letters: [u8; 3] = code.as_bytes().try_into().ok()?;
        letters
            .iter()
            .all(u8::is_ascii_lowercase)
            .then_some(Self(letters))
    }

    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("a currency is three ASCII letters")
    }
}

impl Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        Self::parse(&code).ok_or_else(|| serde::de::Error::custom("not a currency"))
    }
}

/// The part of an intent that changes.
///
/// Small, so that events and kept replies hold the state of their time instead of a rendered body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct IntentState {
    pub(crate) status: IntentStatus,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) method: Option<Method>,
    /// Method of the last declined charge, until another is confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) declined: Option<Method>,
    /// The last declined charge.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) declined_charge: Option<ChargeId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) canceled_at: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) cancel_reason: Option<CancelReason>,
}

impl IntentState {
    /// Creates a state with a method and no history.
    pub(crate) fn new(status: IntentStatus, method: Option<Method>) -> Self {
        Self {
            status,
            method,
            declined: None,
            declined_charge: None,
            canceled_at: None,
            cancel_reason: None,
        }
    }

    /// Returns the latest charge of an intent in this state, and whether it failed.
    pub(crate) fn charge_of(&self, intent: IntentId) -> Option<(ChargeId, bool)> {
        match self.status {
            IntentStatus::Succeeded | IntentStatus::Processing => Some((intent.charge(), false)),
            IntentStatus::RequiresPaymentMethod
            | IntentStatus::RequiresConfirmation
            | IntentStatus::Canceled => self.declined_charge.map(|charge| (charge, true)),
        }
    }
}

/// A payment intent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Intent {
    pub(crate) id: IntentId,
    /// Minor units.
    pub(crate) amount: u64,
    pub(crate) currency: Currency,
    pub(crate) created: i64,
    /// Random part of the client secret, which makes it unguessable.
    pub(crate) secret: u64,
    /// Link target after payment on the pay page; http or https.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) return_url: Option<Box<str>>,
    #[serde(default, skip_serializing_if = "Metadata::is_empty")]
    pub(crate) metadata: Metadata,
    /// Free text of the caller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<Box<str>>,
    pub(crate) state: IntentState,
    /// Refunded amount; derived from the refunds, so not in the journal.
    #[serde(skip)]
    pub(crate) refunded: u64,
    /// Time at which a slow charge succeeds; a change of its own in the journal.
    #[serde(skip)]
    pub(crate) due_ms: Option<i64>,
    /// Latest event; derived from the events.
    #[serde(skip)]
    pub(crate) latest_event: Option<EventId>,
    /// Checkout session of the intent; derived from the sessions.
    #[serde(skip)]
    pub(crate) session: Option<SessionId>,
}
