//! The checkout session and event objects.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::{Serialize, Serializer};

use super::Page;
use super::payments::{ChargeView, IntentView};
use super::resource::{Resource, json, serialize_object};
use crate::ids::{EventId, SessionId};
use crate::state::{Event, EventType, Intent, IntentState, IntentStatus, ProviderState, Session};

/// Version of Stripe's API.
const API_VERSION: &str = "2024-06-20";
/// Validity of a session at Stripe. Shown, not enforced: the shop cancels the intent.
const SESSION_SECONDS: i64 = 24 * 60 * 60;

/// A checkout session while its intent is in a state; `None` means as created.
struct SessionView<'a> {
    session: &'a Session,
    intent: &'a Intent,
    state: Option<IntentState>,
    public_url: &'a str,
}

impl Serialize for SessionView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (session, intent) = (self.session, self.intent);
        let (status, payment_status) = match self.state.map(|state| state.status) {
            Some(IntentStatus::Succeeded) => ("complete", "paid"),
            Some(IntentStatus::Processing) => ("complete", "unpaid"),
            Some(IntentStatus::Canceled) => ("expired", "unpaid"),
            Some(IntentStatus::RequiresPaymentMethod | IntentStatus::RequiresConfirmation)
            | None => ("open", "unpaid"),
        };
        // A closed session has no pay page.
        let url = (status == "open").then(|| format!("{}/pay/{}", self.public_url, intent.id));
        serialize_object!(serializer, {
            "id": session.id,
            "object": "checkout.session",
            "amount_subtotal": intent.amount,
            "amount_total": intent.amount,
            "cancel_url": session.cancel_url,
            "client_reference_id": session.client_reference_id,
            "created": session.created,
            "currency": intent.currency,
            "expires_at": session.created + SESSION_SECONDS,
            "livemode": false,
            "metadata": session.metadata,
            "mode": "payment",
            "payment_intent": intent.id,
            "payment_status": payment_status,
            "status": status,
            "success_url": session.success_url,
            "url": url,
        })
    }
}

/// Returns the session's JSON while its intent is in this state; `None` means as created.
pub(crate) fn session(
    provider: &ProviderState,
    id: SessionId,
    state: Option<IntentState>,
    public_url: &str,
) -> Option<Vec<u8>> {
    let session = provider.sessions.get(&id)?;
    let intent = provider.intents.get(&session.intent)?;
    Some(json(&SessionView {
        session,
        intent,
        state,
        public_url,
    }))
}

impl Resource for Session {
    type Id = SessionId;
    const KIND: &'static str = "checkout.session";
    const PARAM: &'static str = "session";
    const URL: &'static str = "/v1/checkout/sessions";

    fn table(provider: &ProviderState) -> &IndexMap<SessionId, Self> {
        &provider.sessions
    }

    fn matches(&self, page: &Page<'_>) -> bool {
        page.matches_intent(self.intent)
    }

    fn view<'a>(
        &'a self,
        provider: &'a ProviderState,
        public_url: &'a str,
    ) -> Option<impl Serialize + 'a> {
        let intent = provider.intents.get(&self.intent)?;
        Some(SessionView {
            session: self,
            intent,
            state: Some(intent.state),
            public_url,
        })
    }
}

#[derive(Serialize)]
#[serde(untagged)]
enum EventObject<'a> {
    Intent(IntentView<'a>),
    Charge(ChargeView<'a>),
    Session(SessionView<'a>),
}

struct EventView<'a> {
    event: &'a Event,
    object: EventObject<'a>,
}

impl Serialize for EventView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { event, object } = self;
        serialize_object!(serializer, {
            "id": event.id,
            "object": "event",
            "api_version": API_VERSION,
            "created": event.created,
            "data": BTreeMap::from([("object", object)]),
            "livemode": false,
            "pending_webhooks": u8::from(!event.settled),
            // The request that caused the event is not stored.
            "request": BTreeMap::from([("id", ()), ("idempotency_key", ())]),
            "type": event.kind,
        })
    }
}

impl Resource for Event {
    type Id = EventId;
    const KIND: &'static str = "event";
    const PARAM: &'static str = "id";
    const URL: &'static str = "/v1/events";

    fn table(provider: &ProviderState) -> &IndexMap<EventId, Self> {
        &provider.events
    }

    fn matches(&self, page: &Page<'_>) -> bool {
        page.matches_type(self.kind)
    }

    fn view<'a>(&'a self, provider: &'a ProviderState, _: &str) -> Option<impl Serialize + 'a> {
        let intent = provider.intents.get(&self.intent)?;
        let object = match self.kind {
            EventType::Succeeded | EventType::PaymentFailed | EventType::Canceled => {
                EventObject::Intent(IntentView {
                    intent,
                    state: self.state,
                })
            }
            EventType::Refunded => EventObject::Charge(ChargeView {
                intent,
                state: self.state,
                refunded: self.refunded,
                failed: None,
            }),
            // The session is closed, so its view has no pay URL and needs no base URL.
            EventType::SessionCompleted | EventType::SessionExpired => {
                let session = provider.sessions.get(&intent.session?)?;
                EventObject::Session(SessionView {
                    session,
                    intent,
                    state: Some(self.state),
                    public_url: "",
                })
            }
        };
        Some(EventView {
            event: self,
            object,
        })
    }
}
