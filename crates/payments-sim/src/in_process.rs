//! Charges without HTTP, for benchmarks of the code around the provider.

use bytes::Bytes;

use crate::commands::{self, Request};
use crate::engine::IdempotencyKey;
use crate::ids::IntentId;
use crate::simulator::Simulator;
use crate::state::{Change, Event, IntentStatus, ProviderState, Reply};
use crate::wire::{self, Form};

/// A charge request; the fields have the same meaning as over HTTP.
#[derive(Clone, Debug)]
pub struct ChargeRequest {
    /// Idempotency key, shared with HTTP requests.
    pub idempotency_key: Option<String>,
    /// Amount in minor units.
    pub amount: u64,
    /// Currency, ISO 4217 in lower case.
    pub currency: String,
    /// Test method, such as `pm_card_visa`.
    pub payment_method: String,
    /// Key-value pairs of the caller.
    pub metadata: Vec<(String, String)>,
}

/// Outcome of a charge.
#[derive(Clone, Debug)]
pub struct ChargeOutcome {
    /// Id of the intent, `pi_..`.
    pub intent_id: String,
    /// Status of the intent after the request; `RequiresPaymentMethod` when declined.
    pub status: IntentStatus,
    /// The event of the callback; `None` while the charge is processing.
    pub event: Option<EventNotice>,
    /// Whether this is the kept outcome of an earlier request with the same key.
    pub replayed: bool,
}

/// An event in the form of its callback.
#[derive(Clone, Debug)]
pub struct EventNotice {
    /// Id of the event, `evt_..`.
    pub id: String,
    /// Event type, such as `payment_intent.succeeded`.
    pub kind: &'static str,
    /// JSON body of the callback, for [`sign`](crate::sign).
    pub body: Bytes,
}

/// Rejection of a charge; nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChargeError {
    /// A parameter is invalid or the key belongs to another request; the text is that of HTTP.
    #[error("{0}")]
    Invalid(String),
    /// The journal cannot be written, or the simulator was shut down.
    #[error("the journal is closed")]
    Closed,
}

impl Simulator {
    /// Creates and confirms a payment intent and returns its event, without a callback.
    ///
    /// The outcome of `pm_card_slow` follows as an ordinary callback. `pm_card_timeout` returns at
    /// once, with the intent `Processing` forever. No fault applies.
    ///
    /// # Errors
    /// Fails when a parameter is invalid, the key belongs to another request, or the journal is
    /// closed.
    pub async fn charge_in_process(
        &self,
        request: ChargeRequest,
    ) -> Result<ChargeOutcome, ChargeError> {
        let (key, form) = as_form(request);
        let key = key.as_deref().map(|key| IdempotencyKey {
            key,
            fingerprint: form.fingerprint("/v1/payment_intents"),
        });
        let slow_charge = self.engine.settings.slow_charge;
        let executed = self.engine.execute(
            key,
            |provider| {
                let mut decision = commands::create_intent(&Request {
                    provider,
                    id: "",
                    form: &form,
                    slow_charge,
                })?;
                decision.changes.iter_mut().for_each(suppress_callback);
                Ok(decision)
            },
            outcome,
        );
        let executed = executed.map_err(|error| match error.status {
            500 => ChargeError::Closed,
            _ => ChargeError::Invalid(error.message().to_owned()),
        })?;
        let written = self.engine.journal.reached(executed.position).await;
        written.map_err(|_| ChargeError::Closed)?;
        let outcome = executed.rendered.ok_or(ChargeError::Closed)?;
        Ok(ChargeOutcome {
            replayed: executed.replayed,
            ..outcome
        })
    }
}

/// Returns the parameters of the same HTTP request, so that keys and fingerprints are shared.
fn as_form(request: ChargeRequest) -> (Option<String>, Form) {
    let mut pairs = Vec::with_capacity(4 + request.metadata.len());
    pairs.push(("amount".to_owned(), request.amount.to_string()));
    pairs.push(("currency".to_owned(), request.currency));
    pairs.push(("payment_method".to_owned(), request.payment_method));
    pairs.push(("confirm".to_owned(), "true".to_owned()));
    for (key, value) in request.metadata {
        pairs.push((format!("metadata[{key}]"), value));
    }
    (request.idempotency_key, Form::from_pairs(pairs))
}

/// Marks an event as settled, because the caller handles it.
fn suppress_callback(change: &mut Change) {
    if let Change::Event(event) = change {
        event.settled = true;
    }
}

/// Returns `None` for replies of other requests than creating an intent.
fn outcome(provider: &ProviderState, reply: &Reply) -> Option<ChargeOutcome> {
    let (id, status) = match reply {
        Reply::Intent { id, state } | Reply::Declined { id, state } => (*id, state.status),
        Reply::Timeout(id) => (*id, IntentStatus::Processing),
        Reply::Refund(_) | Reply::Session(_) | Reply::SessionIn { .. } | Reply::Error { .. } => {
            return None;
        }
    };
    let has_ended = status != IntentStatus::Processing;
    Some(ChargeOutcome {
        intent_id: id.to_string(),
        status,
        event: has_ended.then(|| notice(provider, id)).flatten(),
        replayed: false,
    })
}

fn notice(provider: &ProviderState, intent: IntentId) -> Option<EventNotice> {
    let event = provider
        .events
        .get(&provider.intents.get(&intent)?.latest_event?)?;
    let body = Bytes::from(wire::object::<Event>(provider, &event.id, "")?);
    Some(EventNotice {
        id: event.id.to_string(),
        kind: event.kind.as_str(),
        body,
    })
}
