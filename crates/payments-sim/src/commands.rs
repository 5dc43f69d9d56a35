//! Commands: decide a request from the state and a form, without I/O and without changing anything.
//!
//! A rejection of the form is an [`ApiError`]. A rejection because of the state is a decision and is
//! kept under the request's idempotency key, as Stripe does: the same key gets it again even after
//! the state has changed.

mod charge;
mod checkout;
mod intents;
mod parameters;
mod refunds;

pub(crate) use charge::succeed;
pub(crate) use checkout::{create as create_session, expire as expire_session};
pub(crate) use intents::{cancel, confirm, create as create_intent, update as update_intent};
pub(crate) use refunds::create as create_refund;

use crate::state::{Change, Intent, Reply};
use crate::wire::ApiError;

/// Changes and reply of a request.
#[derive(Debug)]
pub(crate) struct Decision {
    pub(crate) changes: Vec<Change>,
    pub(crate) reply: Reply,
}

impl Decision {
    /// Rejects the request because of the intent's state; nothing changes.
    fn reject(error: ApiError, intent: &Intent) -> Self {
        Self {
            changes: Vec::new(),
            reply: error.with_intent(intent, &intent.state).into_reply(),
        }
    }
}
