//! Checkout sessions.

use serde::{Deserialize, Serialize};

use super::{Metadata, Row};
use crate::ids::{IntentId, SessionId};

/// A checkout session: an intent with a page to pay it on. Whether it is open, complete or expired
/// follows from the intent.
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

impl Row for Session {
    type Id = SessionId;

    fn id(&self) -> SessionId {
        self.id
    }
}
