//! State changes and the replies kept under idempotency keys: the contents of the journal.

use serde::{Deserialize, Serialize};

use super::intent::{Intent, IntentState};
use super::records::{Event, Metadata, Refund, Session};
use crate::ids::{EventId, IntentId, RefundId, SessionId};

/// A change of the provider's state; a journal line is a list of these.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Change {
    /// A new intent, in the state after its request.
    Open(Box<Intent>),
    /// A state transition of an intent.
    Move {
        intent: IntentId,
        state: IntentState,
    },
    /// New values of the fields a shop may update.
    Amend {
        intent: IntentId,
        amount: u64,
        metadata: Metadata,
        description: Option<Box<str>>,
    },
    /// The time at which a processing intent succeeds (milliseconds since the epoch).
    Due { intent: IntentId, at_ms: i64 },
    /// A new refund.
    Refund(Refund),
    /// A new checkout session.
    Session(Session),
    /// A new event.
    Event(Event),
    /// An event needs no further delivery: delivered, dropped on purpose, or given up.
    Settled(EventId),
    /// The reply kept under an idempotency key.
    Key(KeyRecord),
}

/// A digest of a request's path and parameters, independent of their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fingerprint(pub(crate) [u64; 2]);

/// A reply as the values it is rendered from, so that every rendering gives the same bytes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reply {
    /// 200 with the intent in this state.
    Intent { id: IntentId, state: IntentState },
    /// 200 with the refund.
    Refund(RefundId),
    /// 200 with the session as created.
    Session(SessionId),
    /// 200 with the session while its intent was in this state.
    SessionIn { id: SessionId, state: IntentState },
    /// 402 with the intent in this state.
    Declined { id: IntentId, state: IntentState },
    /// An error caused by the provider's state.
    Error { status: u16, body: Box<str> },
    /// 504 after a timeout, although the request was executed.
    #[serde(rename = "silence")]
    Timeout(IntentId),
}

/// A reply with its idempotency key and the fingerprint of its request.
///
/// Keys are kept forever, like everything else here: a shop that was down for a week must not pay
/// twice because its key expired.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct KeyRecord {
    pub(crate) key: Box<str>,
    #[serde(rename = "print")]
    pub(crate) fingerprint: Fingerprint,
    pub(crate) reply: Reply,
}
