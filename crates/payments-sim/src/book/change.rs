//! What can happen to the book; a journal line is a list of these.

use serde::{Deserialize, Serialize};

use super::{Event, Intent, IntentState, KeyRecord, Metadata, Refund, Session};
use crate::ids::{EventId, IntentId};

/// One change of the provider's state, as it is written in the journal.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Change {
    /// A new intent, in the state the request left it in.
    Open(Box<Intent>),
    /// An intent went on to another state.
    Move {
        intent: IntentId,
        state: IntentState,
    },
    /// What the shop may say about an intent was said anew.
    Amend {
        intent: IntentId,
        amount: u64,
        metadata: Metadata,
        description: Option<Box<str>>,
    },
    /// A processing intent succeeds at this time (milliseconds since the epoch).
    Due { intent: IntentId, at_ms: i64 },
    /// Money given back.
    Refund(Refund),
    /// A new checkout session.
    Session(Session),
    /// Something the shop is to be told.
    Event(Event),
    /// The event needs no delivery any more: delivered, dropped on purpose, or given up.
    Settled(EventId),
    /// The answer to keep under an idempotency key.
    Key(KeyRecord),
}
