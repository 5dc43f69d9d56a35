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

use std::time::Duration;

pub(crate) use charge::succeed;
pub(crate) use checkout::{create as create_session, expire as expire_session};
pub(crate) use intents::{cancel, confirm, create as create_intent, update as update_intent};
pub(crate) use refunds::create as create_refund;

use crate::ids::IntentId;
use crate::state::{Change, Intent, ProviderState, Reply};
use crate::wire::{ApiError, Form};

/// A request as commands see it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request<'a> {
    pub(crate) provider: &'a ProviderState,
    /// The id in the path; empty for requests that create something.
    pub(crate) id: &'a str,
    pub(crate) form: &'a Form,
    /// Duration of a slow charge.
    pub(crate) slow_charge: Duration,
}

impl<'a> Request<'a> {
    /// Returns the intent of the path, or 404.
    fn intent(&self) -> Result<&'a Intent, ApiError> {
        let parsed = self.id.parse::<IntentId>().ok();
        parsed
            .and_then(|id| self.provider.intents.get(&id))
            .ok_or_else(|| ApiError::unknown(404, "intent", "payment_intent", self.id))
    }
}

/// Decides a request.
pub(crate) type Command = fn(&Request<'_>) -> Result<Decision, ApiError>;

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
            reply: error.with_intent(intent, intent.state).into_reply(),
        }
    }
}
