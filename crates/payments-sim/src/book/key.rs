//! Idempotency keys and the answers kept under them.
//!
//! Keys are kept for ever, like everything else here: a shop that was down for a week must not pay
//! twice because the provider forgot.

use serde::{Deserialize, Serialize};

use super::IntentState;
use crate::ids::{IntentId, RefundId, SessionId};

/// A digest of a request's path and parameters, in which their order does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fingerprint(pub(crate) [u64; 2]);

/// An answer, kept as what it was made from: the same bytes come out whenever it is rendered.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reply {
    /// 200 with the intent as it was.
    Intent { id: IntentId, state: IntentState },
    /// 200 with the refund.
    Refund(RefundId),
    /// 200 with the session as it was created.
    Session(SessionId),
    /// 200 with the session as it was when its intent was in this state.
    SessionIn { id: SessionId, state: IntentState },
    /// 402 with the intent as it was.
    Declined { id: IntentId, state: IntentState },
    /// An error that came of carrying the request out.
    Error { status: u16, body: Box<str> },
    /// The request was carried out and never answered.
    Silence(IntentId),
}

/// An answer and the key and request it belongs to.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct KeyRecord {
    pub(crate) key: Box<str>,
    pub(crate) print: Fingerprint,
    pub(crate) reply: Reply,
}
