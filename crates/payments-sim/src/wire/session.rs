//! The checkout session object.

use serde::Serialize;

use super::json;
use crate::book::{Book, Currency, Intent, IntentState, IntentStatus, Metadata, Session};
use crate::ids::{IntentId, SessionId};

/// How long Stripe keeps a session open. Announced, not enforced: the shop cancels the intent.
const OPEN_FOR_SECONDS: i64 = 24 * 60 * 60;

#[derive(Serialize)]
pub(super) struct SessionView<'a> {
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
    /// The page to pay on, while the session is open.
    url: Option<String>,
}

impl<'a> SessionView<'a> {
    /// The session, with its intent in the state given; `None` means as it was created.
    pub(super) fn new(
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
            expires_at: session.created + OPEN_FOR_SECONDS,
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

/// The session's JSON, with its intent in the state given; `None` means as it was created.
pub(crate) fn session(
    book: &Book,
    id: SessionId,
    state: Option<&IntentState>,
    public_url: &str,
) -> Option<Vec<u8>> {
    let session = book.sessions.get(id)?;
    let intent = book.intents.get(session.intent)?;
    Some(json(&SessionView::new(session, intent, state, public_url)))
}
