//! The event object.

use serde::Serialize;

use super::charge::ChargeView;
use super::session::SessionView;
use super::{API_VERSION, IntentView, json};
use crate::book::{Book, Event, EventType};
use crate::ids::EventId;

#[derive(Serialize)]
pub(super) struct EventView<'a> {
    id: EventId,
    object: &'static str,
    api_version: &'static str,
    created: i64,
    data: Data<'a>,
    livemode: bool,
    pending_webhooks: u8,
    request: Request,
    #[serde(rename = "type")]
    kind: EventType,
}

#[derive(Serialize)]
struct Data<'a> {
    object: Object<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Object<'a> {
    Intent(IntentView<'a>),
    Charge(ChargeView<'a>),
    Session(SessionView<'a>),
}

/// Which request caused it; not kept, so always unknown.
#[derive(Serialize)]
struct Request {
    id: Option<()>,
    idempotency_key: Option<()>,
}

impl<'a> EventView<'a> {
    /// `None` when the event's intent is not in the book.
    pub(super) fn new(book: &'a Book, event: &Event) -> Option<Self> {
        let intent = book.intents.get(event.intent)?;
        let object = match event.kind {
            EventType::Succeeded | EventType::PaymentFailed | EventType::Canceled => {
                Object::Intent(IntentView::new(intent, &event.state))
            }
            EventType::Refunded => {
                Object::Charge(ChargeView::new(intent, &event.state, event.refunded))
            }
            // Nobody is sent to a page that takes nothing any more, so its address is not needed.
            EventType::SessionCompleted | EventType::SessionExpired => {
                let session = book.sessions.get(intent.session?)?;
                Object::Session(SessionView::new(session, intent, Some(&event.state), ""))
            }
        };
        Some(Self {
            id: event.id,
            object: "event",
            api_version: API_VERSION,
            created: event.created,
            data: Data { object },
            livemode: false,
            pending_webhooks: u8::from(!event.settled),
            request: Request {
                id: None,
                idempotency_key: None,
            },
            kind: event.kind,
        })
    }
}

/// The event's JSON.
pub(crate) fn event(book: &Book, id: EventId) -> Option<Vec<u8>> {
    let event = book.events.get(id)?;
    EventView::new(book, event).map(|view| json(&view))
}
