//! The payment intent, charge and refund objects.

use indexmap::IndexMap;
use serde::{Serialize, Serializer};

use super::resource::{Resource, json};
use crate::ids::{ChargeId, IntentId, RefundId};
use crate::state::{
    CancelReason, Charge, Currency, Intent, IntentState, IntentStatus, Metadata, Method,
    ProviderState, Refund, RefundReason,
};

/// Message of a declined charge.
pub(super) const DECLINED: &str = "Your card was declined.";

/// A payment intent in one of its states.
#[derive(Debug, Serialize)]
pub(super) struct IntentView<'a> {
    id: IntentId,
    object: &'static str,
    amount: u64,
    amount_capturable: u64,
    amount_received: u64,
    canceled_at: Option<i64>,
    cancellation_reason: Option<CancelReason>,
    capture_method: &'static str,
    client_secret: ClientSecret,
    confirmation_method: &'static str,
    created: i64,
    currency: Currency,
    description: Option<&'a str>,
    last_payment_error: Option<PaymentError>,
    latest_charge: Option<ChargeId>,
    livemode: bool,
    metadata: &'a Metadata,
    next_action: Option<()>,
    payment_method: Option<Method>,
    payment_method_types: [&'static str; 1],
    status: IntentStatus,
}

/// `pi_.._secret_..`: lets a browser read and confirm this one intent.
#[derive(Debug)]
struct ClientSecret(IntentId, u64);

impl Serialize for ClientSecret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}_secret_{:016x}", self.0, self.1))
    }
}

#[derive(Debug, Serialize)]
struct PaymentError {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    charge: Option<ChargeId>,
    code: &'static str,
    decline_code: &'static str,
    message: &'static str,
    payment_method: PaymentMethod,
}

#[derive(Debug, Serialize)]
struct PaymentMethod {
    id: Method,
    object: &'static str,
}

impl<'a> IntentView<'a> {
    pub(super) fn new(intent: &'a Intent, state: &IntentState) -> Self {
        let paid = state.status == IntentStatus::Succeeded;
        Self {
            id: intent.id,
            object: "payment_intent",
            amount: intent.amount,
            amount_capturable: 0,
            amount_received: if paid { intent.amount } else { 0 },
            canceled_at: state.canceled_at,
            cancellation_reason: state.cancel_reason,
            capture_method: "automatic",
            client_secret: ClientSecret(intent.id, intent.secret),
            confirmation_method: "automatic",
            created: intent.created,
            currency: intent.currency,
            description: intent.description.as_deref(),
            last_payment_error: state.declined.map(|method| PaymentError {
                charge: state.declined_charge,
                kind: "card_error",
                code: "card_declined",
                decline_code: "generic_decline",
                message: DECLINED,
                payment_method: PaymentMethod {
                    id: method,
                    object: "payment_method",
                },
            }),
            latest_charge: state.charge_of(intent.id).map(|(charge, _)| charge),
            livemode: false,
            metadata: &intent.metadata,
            next_action: None,
            payment_method: state.method,
            payment_method_types: ["card"],
            status: state.status,
        }
    }
}

/// Returns the intent's JSON in this state.
pub(crate) fn intent(intent: &Intent, state: &IntentState) -> Vec<u8> {
    json(&IntentView::new(intent, state))
}

impl Resource for Intent {
    type Id = IntentId;
    const KIND: &'static str = "payment_intent";
    const PARAM: &'static str = "intent";

    fn table(provider: &ProviderState) -> &IndexMap<IntentId, Self> {
        &provider.intents
    }

    fn view<'a>(&'a self, _: &'a ProviderState, _: &str) -> Option<impl Serialize + 'a> {
        Some(IntentView::new(self, &self.state))
    }
}

#[derive(Debug, Serialize)]
pub(super) struct ChargeView<'a> {
    id: ChargeId,
    object: &'static str,
    amount: u64,
    amount_captured: u64,
    amount_refunded: u64,
    captured: bool,
    created: i64,
    currency: Currency,
    description: Option<&'a str>,
    failure_code: Option<&'static str>,
    failure_message: Option<&'static str>,
    livemode: bool,
    metadata: &'a Metadata,
    paid: bool,
    payment_intent: IntentId,
    payment_method: Option<Method>,
    refunded: bool,
    status: &'static str,
}

impl<'a> ChargeView<'a> {
    /// Creates the charge that captures, or is about to capture, an intent in this state.
    pub(super) fn new(intent: &'a Intent, state: &IntentState, refunded: u64) -> Self {
        let paid = state.status == IntentStatus::Succeeded;
        Self {
            id: intent.id.charge(),
            object: "charge",
            amount: intent.amount,
            amount_captured: if paid { intent.amount } else { 0 },
            amount_refunded: refunded,
            captured: paid,
            created: intent.created,
            currency: intent.currency,
            description: intent.description.as_deref(),
            failure_code: None,
            failure_message: None,
            livemode: false,
            metadata: &intent.metadata,
            paid,
            payment_intent: intent.id,
            payment_method: state.method,
            refunded: paid && refunded == intent.amount,
            status: if paid { "succeeded" } else { "pending" },
        }
    }
}

impl Resource for Charge {
    type Id = ChargeId;
    const KIND: &'static str = "charge";
    const PARAM: &'static str = "charge";

    fn table(provider: &ProviderState) -> &IndexMap<ChargeId, Self> {
        &provider.charges
    }

    fn view<'a>(&'a self, provider: &'a ProviderState, _: &str) -> Option<impl Serialize + 'a> {
        let intent = provider.intents.get(&self.intent)?;
        let view = ChargeView::new(intent, &intent.state, intent.refunded);
        if !self.failed {
            return Some(view);
        }
        Some(ChargeView {
            id: self.id,
            amount_captured: 0,
            amount_refunded: 0,
            captured: false,
            created: self.id.created(),
            failure_code: Some("card_declined"),
            failure_message: Some(DECLINED),
            paid: false,
            payment_method: self.method,
            refunded: false,
            status: "failed",
            ..view
        })
    }
}

#[derive(Serialize)]
struct RefundView<'a> {
    id: RefundId,
    object: &'static str,
    amount: u64,
    charge: ChargeId,
    created: i64,
    currency: Currency,
    metadata: &'a Metadata,
    payment_intent: IntentId,
    reason: Option<RefundReason>,
    status: &'static str,
}

impl Resource for Refund {
    type Id = RefundId;
    const KIND: &'static str = "refund";
    const PARAM: &'static str = "id";

    fn table(provider: &ProviderState) -> &IndexMap<RefundId, Self> {
        &provider.refunds
    }

    fn view<'a>(&'a self, provider: &'a ProviderState, _: &str) -> Option<impl Serialize + 'a> {
        let intent = provider.intents.get(&self.intent)?;
        Some(RefundView {
            id: self.id,
            object: "refund",
            amount: self.amount,
            charge: self.intent.charge(),
            created: self.created,
            currency: intent.currency,
            metadata: &self.metadata,
            payment_intent: self.intent,
            reason: self.reason,
            status: "succeeded",
        })
    }
}
