//! The payment intent, charge and refund objects.

use indexmap::IndexMap;
use serde::{Serialize, Serializer};

use super::Page;
use super::resource::{Resource, json, serialize_object};
use crate::ids::{ChargeId, IntentId, RefundId};
use crate::state::{
    Charge, Currency, Intent, IntentState, IntentStatus, Method, ProviderState, Refund,
};

/// Message of a declined charge.
pub(super) const DECLINED: &str = "Your card was declined.";

/// A payment intent in one of its states.
#[derive(Debug)]
pub(super) struct IntentView<'a> {
    pub(super) intent: &'a Intent,
    pub(super) state: IntentState,
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

impl Serialize for IntentView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { intent, state } = self;
        let paid = state.status == IntentStatus::Succeeded;
        let error = state.declined.map(|method| PaymentError {
            kind: "card_error",
            charge: state.declined_charge,
            code: "card_declined",
            decline_code: "generic_decline",
            message: DECLINED,
            payment_method: PaymentMethod {
                id: method,
                object: "payment_method",
            },
        });
        serialize_object!(serializer, {
            "id": intent.id,
            "object": "payment_intent",
            "amount": intent.amount,
            "amount_capturable": 0,
            "amount_received": if paid { intent.amount } else { 0 },
            "canceled_at": state.canceled_at,
            "cancellation_reason": state.cancel_reason,
            "capture_method": "automatic",
            "client_secret": ClientSecret(intent.id, intent.secret),
            "confirmation_method": "automatic",
            "created": intent.created,
            "currency": intent.currency,
            "description": intent.description,
            "last_payment_error": error,
            "latest_charge": state.charge_of(intent.id).map(|(charge, _)| charge),
            "livemode": false,
            "metadata": intent.metadata,
            "next_action": (),
            "payment_method": state.method,
            "payment_method_types": ["card"],
            "status": state.status,
        })
    }
}

/// Returns the intent's JSON in this state.
pub(crate) fn intent(intent: &Intent, state: IntentState) -> Vec<u8> {
    json(&IntentView { intent, state })
}

impl Resource for Intent {
    type Id = IntentId;
    const KIND: &'static str = "payment_intent";
    const PARAM: &'static str = "intent";
    const URL: &'static str = "/v1/payment_intents";

    fn table(provider: &ProviderState) -> &IndexMap<IntentId, Self> {
        &provider.intents
    }

    fn view<'a>(&'a self, _: &'a ProviderState, _: &str) -> Option<impl Serialize + 'a> {
        Some(IntentView {
            intent: self,
            state: self.state,
        })
    }
}

/// A charge: the one that captures, or is about to capture, an intent in this state; or a failed one.
pub(super) struct ChargeView<'a> {
    pub(super) intent: &'a Intent,
    pub(super) state: IntentState,
    pub(super) refunded: u64,
    pub(super) failed: Option<Charge>,
}

impl Serialize for ChargeView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let &Self {
            intent,
            state,
            failed,
            ..
        } = self;
        let paid = failed.is_none() && state.status == IntentStatus::Succeeded;
        let refunded = failed.map_or(self.refunded, |_| 0);
        let status = match failed {
            Some(_) => "failed",
            None if paid => "succeeded",
            None => "pending",
        };
        serialize_object!(serializer, {
            "id": failed.map_or(intent.id.charge(), |charge| charge.id),
            "object": "charge",
            "amount": intent.amount,
            "amount_captured": if paid { intent.amount } else { 0 },
            "amount_refunded": refunded,
            "captured": paid,
            "created": failed.map_or(intent.created, |charge| charge.id.created()),
            "currency": intent.currency,
            "description": intent.description,
            "failure_code": failed.map(|_| "card_declined"),
            "failure_message": failed.map(|_| DECLINED),
            "livemode": false,
            "metadata": intent.metadata,
            "paid": paid,
            "payment_intent": intent.id,
            "payment_method": failed.map_or(state.method, |charge| charge.method),
            "refunded": paid && refunded == intent.amount,
            "status": status,
        })
    }
}

impl Resource for Charge {
    type Id = ChargeId;
    const KIND: &'static str = "charge";
    const PARAM: &'static str = "charge";
    const URL: &'static str = "/v1/charges";

    fn table(provider: &ProviderState) -> &IndexMap<ChargeId, Self> {
        &provider.charges
    }

    fn matches(&self, page: &Page<'_>) -> bool {
        page.matches_intent(self.intent)
    }

    fn view<'a>(&'a self, provider: &'a ProviderState, _: &str) -> Option<impl Serialize + 'a> {
        let intent = provider.intents.get(&self.intent)?;
        Some(ChargeView {
            intent,
            state: intent.state,
            refunded: intent.refunded,
            failed: self.failed.then_some(*self),
        })
    }
}

/// A refund and its intent's currency.
struct RefundView<'a>(&'a Refund, Currency);

impl Serialize for RefundView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(refund, currency) = self;
        serialize_object!(serializer, {
            "id": refund.id,
            "object": "refund",
            "amount": refund.amount,
            "charge": refund.intent.charge(),
            "created": refund.created,
            "currency": currency,
            "metadata": refund.metadata,
            "payment_intent": refund.intent,
            "reason": refund.reason,
            "status": "succeeded",
        })
    }
}

impl Resource for Refund {
    type Id = RefundId;
    const KIND: &'static str = "refund";
    const PARAM: &'static str = "id";
    const URL: &'static str = "/v1/refunds";

    fn table(provider: &ProviderState) -> &IndexMap<RefundId, Self> {
        &provider.refunds
    }

    fn matches(&self, page: &Page<'_>) -> bool {
        page.matches_intent(self.intent) && page.matches_charge(self.intent.charge())
    }

    fn view<'a>(&'a self, provider: &'a ProviderState, _: &str) -> Option<impl Serialize + 'a> {
        let intent = provider.intents.get(&self.intent)?;
        Some(RefundView(self, intent.currency))
    }
}
