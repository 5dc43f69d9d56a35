//! Decides requests: given the book and a form, what changes and what is answered.
//!
//! Nothing here changes anything or does any I/O. A refusal of the request's form is an
//! [`ApiError`]; a refusal that came of the state is a decision like any other, and is kept under
//! the request's idempotency key, as Stripe does: the same key gets it again even when the state
//! has changed.

mod checkout;
mod fields;
mod intents;
mod payment;
mod refunds;

use crate::book::{Change, Intent, Reply};
use crate::wire::ApiError;

pub(crate) use checkout::{create as create_session, expire as expire_session};
pub(crate) use intents::{cancel, confirm, create as create_intent, update as update_intent};
pub(crate) use payment::{Due, succeed};
pub(crate) use refunds::create as create_refund;

/// What becomes of a request.
#[derive(Debug)]
pub(crate) struct Decision {
    pub(crate) changes: Vec<Change>,
    pub(crate) reply: Reply,
}

impl Decision {
    /// Refuses because of the state the intent is in; nothing changes.
    fn refuse(error: ApiError, intent: &Intent) -> Self {
        Self {
            changes: Vec::new(),
            reply: error.with_intent(intent, &intent.state).into_reply(),
        }
    }
}
