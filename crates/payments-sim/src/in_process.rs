//! Charging without HTTP, for benchmarks of everything around the provider.

use bytes::Bytes;

use crate::book::{Book, Change, IntentState, IntentStatus, Reply};
use crate::core::Keyed;
use crate::desk::{self, Due};
use crate::ids::IntentId;
use crate::simulator::Simulator;
use crate::wire::{self, Form};

/// What to charge; the fields mean what they mean over HTTP.
#[derive(Clone, Debug)]
pub struct ChargeRequest {
    /// Shared with HTTP: a key used here replays there, and the other way round.
    pub idempotency_key: Option<String>,
    /// Minor units.
    pub amount: u64,
    /// ISO 4217 in lower case.
    pub currency: String,
    /// A test method, such as `pm_card_visa`.
    pub payment_method: String,
    /// The caller's own pairs.
    pub metadata: Vec<(String, String)>,
}

/// What became of a charge.
#[derive(Clone, Debug)]
pub struct ChargeOutcome {
    /// `pi_..`
    pub intent_id: String,
    /// The status the request left the intent in. A declined one is `RequiresPaymentMethod`.
    pub status: IntentStatus,
    /// What the shop would have been called back with; `None` while the charge is processing.
    pub event: Option<EventNotice>,
    /// The idempotency key was used before; this is what came of it then.
    pub replayed: bool,
}

/// An event as a callback carries it.
#[derive(Clone, Debug)]
pub struct EventNotice {
    /// `evt_..`
    pub id: String,
    /// Such as `payment_intent.succeeded`.
    pub kind: &'static str,
    /// The callback's JSON body, ready to be signed with [`sign`](crate::sign).
    pub body: Bytes,
}

/// Why a charge was refused; nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChargeError {
    /// A parameter or the key's other use is at fault; the text is what HTTP would say.
    #[error("{0}")]
    Invalid(String),
    /// The journal cannot be written, or the simulator was shut down.
    #[error("the journal is closed")]
    Closed,
}

impl Simulator {
    /// Creates and confirms a payment intent, and hands its event back: no callback is delivered.
    ///
    /// The outcome of `pm_card_slow` comes later, and is delivered as a callback like any other.
    /// `pm_card_timeout` returns at once, with the intent `Processing` for ever. No fault applies.
    ///
    /// # Errors
    /// When a parameter is wrong, the key belongs to another request, or the journal is closed.
    pub async fn charge_in_process(
        &self,
        request: ChargeRequest,
    ) -> Result<ChargeOutcome, ChargeError> {
        let (key, form) = as_form(request);
        let keyed = key.as_deref().map(|key| Keyed {
            key,
            print: form.fingerprint("/v1/payment_intents"),
        });
        let due = Due(self.core.settings.slow_charge);
        let performed = self.core.perform(
            keyed,
            |_| {
                let mut decision = desk::create_intent(&form, due)?;
                decision.changes.iter_mut().for_each(keep_back);
                Ok(decision)
            },
            outcome,
        );
        let performed = performed.map_err(|error| match error.status {
            500 => ChargeError::Closed,
            _ => ChargeError::Invalid(error.message().to_owned()),
        })?;
        let written = self.core.journal.reached(performed.position).await;
        written.map_err(|_| ChargeError::Closed)?;
        let outcome = performed.shown.ok_or(ChargeError::Closed)?;
        Ok(ChargeOutcome {
            replayed: performed.replayed,
            ..outcome
        })
    }
}

/// The parameters HTTP would carry, so that key and fingerprint mean the same.
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

/// Marks an event as one the caller takes care of.
fn keep_back(change: &mut Change) {
    if let Change::Event(event) = change {
        event.settled = true;
    }
}

/// `None` for replies that creating an intent does not make.
fn outcome(book: &Book, reply: &Reply) -> Option<ChargeOutcome> {
    let (id, status) = match reply {
        Reply::Intent {
            id,
            state: IntentState { status, .. },
        }
        | Reply::Declined {
            id,
            state: IntentState { status, .. },
        } => (*id, *status),
        Reply::Silence(id) => (*id, IntentStatus::Processing),
        Reply::Refund(_) | Reply::Session(_) | Reply::SessionIn { .. } | Reply::Error { .. } => {
            return None;
        }
    };
    let event = if status == IntentStatus::Processing {
        None
    } else {
        notice(book, id)
    };
    Some(ChargeOutcome {
        intent_id: id.to_string(),
        status,
        event,
        replayed: false,
    })
}

fn notice(book: &Book, intent: IntentId) -> Option<EventNotice> {
    let event = book.events.get(book.intents.get(intent)?.latest_event?)?;
    let body = Bytes::from(wire::event(book, event.id)?);
    Some(EventNotice {
        id: event.id.to_string(),
        kind: event.kind.as_str(),
        body,
    })
}
