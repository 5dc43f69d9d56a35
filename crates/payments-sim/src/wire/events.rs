//! The checkout session and event objects.

use indexmap::IndexMap;
use serde::Serialize;

use super::payments::{ChargeView, IntentView};
use super::resource::{Resource, json};
use crate::ids::{EventId, IntentId, SessionId};
use crate::state::{
    Currency, Event, EventType, Intent, IntentState, IntentStatus, Metadata, ProviderState, Session,
};

/// Version of Stripe's API.
const API_VERSION: &str = "2024-06-20";
/// Validity of a session at Stripe. Shown, not enforced: the shop cancels the intent.
const SESSION_SECONDS: i64 = 24 * 60 * 60;

#[derive(Serialize)]
struct SessionView<'a> {
    id: SessionId,
    object: &'static str,
    amount_subtotal: u64,
    amount_total: u64,
    cancel_url: Option<&'a str>,
    client_reference_id: Option<&'a str>,
    created: i64,
    currency: Currency,
    expires_at: i64,
    livemode: bool,
    metadata: &'a Metadata,
    mode: &'static str,
    payment_intent: IntentId,
    payment_status: &'static str,
    status: &'static str,
    success_url: Option<&'a str>,
    /// URL of the pay page while the session is open.
    url: Option<String>,
}

impl<'a> SessionView<'a> {
    /// Creates the session while its intent is in this state; `None` means as created.
    fn new(
        session: &'a Session,
        intent: &'a Intent,
        state: Option<&IntentState>,
        public_url: &str,
    ) -> Self {
        let (status, payment_status) = match state.map(|state| state.status) {
            Some(IntentStatus::Succeeded) => ("complete", "paid"),
            Some(IntentStatus::Processing) => ("complete", "unpaid"),
            Some(IntentStatus::Canceled) => ("expired", "unpaid"),
            Some(IntentStatus::RequiresPaymentMethod | IntentStatus::RequiresConfirmation)
            | None => ("open", "unpaid"),
        };
        Self {
            id: session.id,
            object: "checkout.session",
            amount_subtotal: intent.amount,
            amount_total: intent.amount,
            cancel_url: session.cancel_url.as_deref(),
            client_reference_id: session.client_reference_id.as_deref(),
            created: session.created,
            currency: intent.currency,
            expires_at: session.created + SESSION_SECONDS,
            livemode: false,
            metadata: &session.metadata,
            mode: "payment",
            payment_intent: intent.id,
            payment_status,
            status,
            success_url: session.success_url.as_deref(),
            url: (status == "open").then(|| format!("{public_url}/pay/{}", intent.id)),
        }
    }
}

/// Returns the session's JSON while its intent is in this state; `None` means as created.
pub(crate) fn session(
    provider: &ProviderState,
    id: SessionId,
    state: Option<&IntentState>,
    public_url: &str,
) -> Option<Vec<u8>> {
    let session = provider.sessions.get(&id)?;
    let intent = provider.intents.get(&session.intent)?;
    Some(json(&SessionView::new(session, intent, state, public_url)))
}

impl Resource for Session {
    type Id = SessionId;
    const KIND: &'static str = "checkout.session";
    const PARAM: &'static str = "session";

    fn table(provider: &ProviderState) -> &IndexMap<SessionId, Self> {
        &provider.sessions
    }

    fn view<'a>(
        &'a self,
        provider: &'a ProviderState,
        public_url: &str,
    ) -> Option<impl Serialize + 'a> {
        let intent = provider.intents.get(&self.intent)?;
        let state = Some(&intent.state);
        Some(SessionView::new(self, intent, state, public_url))
    }
}

#[derive(Serialize)]
struct EventView<'a> {
    id: EventId,
    object: &'static str,
    api_version: &'static str,
    created: i64,
    data: EventData<'a>,
    livemode: bool,
    pending_webhooks: u8,
    request: EventRequest,
    #[serde(rename = "type")]
    kind: EventType,
}

#[derive(Serialize)]
struct EventData<'a> {
    object: EventObject<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum EventObject<'a> {
    Intent(IntentView<'a>),
    Charge(ChargeView<'a>),
    Session(SessionView<'a>),
}

/// The request that caused the event; not stored, so always unknown.
#[derive(Default, Serialize)]
struct EventRequest {
    id: Option<()>,
    idempotency_key: Option<()>,
}

impl Resource for Event {
    type Id = EventId;
    const KIND: &'static str = "event";
    const PARAM: &'static str = "id";

    fn table(provider: &ProviderState) -> &IndexMap<EventId, Self> {
        &provider.events
    }

    fn view<'a>(&'a self, provider: &'a ProviderState, _: &str) -> Option<impl Serialize + 'a> {
        let intent = provider.intents.get(&self.intent)?;
        let object = match self.kind {
            EventType::Succeeded | EventType::PaymentFailed | EventType::Canceled => {
                EventObject::Intent(IntentView::new(intent, &self.state))
            }
            EventType::Refunded => {
                EventObject::Charge(ChargeView::new(intent, &self.state, self.refunded))
            }
            // The session is closed, so its view has no pay URL and needs no base URL.
            EventType::SessionCompleted | EventType::SessionExpired => {
                let session = provider.sessions.get(&intent.session?)?;
                EventObject::Session(SessionView::new(session, intent, Some(&self.state), ""))
            }
        };
        Some(EventView {
            id: self.id,
            object: "event",
            api_version: API_VERSION,
            created: self.created,
            data: EventData { object },
            livemode: false,
            pending_webhooks: u8::from(!self.settled),
            request: EventRequest::default(),
            kind: self.kind,
        })
    }
}
