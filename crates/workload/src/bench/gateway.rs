//! External systems in process: the simulated provider without HTTP, and a notifier that discards
//! messages, so that only the shop is measured.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use contracts::{
    Money, OrderId, PaymentId,
    event::{ChargeReport, ChargeStatus},
};
use notification_worker::{Mail, Notifier, SendError, Sms};
use payment_worker::{
    Gateway, GatewayError, IntentSnapshot, Refund, VoidResponse,
    gateway::{ChargeResponse, IntentStatus as GatewayStatus},
};
use payments_sim::{ChargeRequest, IntentStatus, Settings, Simulator};
use store::payment::{self, Intent};
use streamward::{Runtime, TraceParent};

/// A provider that charges in process and reports into the payment service's inbox, as the API does
/// for a callback.
#[derive(Debug)]
pub(super) struct InProcessGateway {
    /// Charges, for a report that overtakes the response to its charge.
    charged: Mutex<HashMap<String, IntentSnapshot>>,
    simulator: Simulator,
    runtime: Runtime,
}

impl InProcessGateway {
    pub(super) async fn open(runtime: Runtime) -> anyhow::Result<Self> {
        Ok(Self {
            charged: Mutex::default(),
            simulator: Simulator::open(Settings::generated()).await?,
            runtime,
        })
    }

    fn remember(&self, intent: &str, snapshot: IntentSnapshot) {
        let mut charged = self.charged.lock().unwrap_or_else(PoisonError::into_inner);
        charged.insert(intent.to_owned(), snapshot);
    }
}

fn unavailable(error: &dyn std::fmt::Display) -> GatewayError {
    GatewayError::Unavailable(error.to_string())
}

impl Gateway for InProcessGateway {
    /// Opens the payment and charges it at once.
    async fn open(&self, order: &OrderId, amount: Money) -> Result<Intent, GatewayError> {
        let request = ChargeRequest {
            idempotency_key: Some(PaymentId::of(order).to_string()),
            amount: u64::try_from(amount.amount).unwrap_or(0),
            currency: amount.currency.as_str().to_lowercase(),
            payment_method: "pm_card_visa".to_owned(),
            metadata: vec![("order_id".to_owned(), order.to_string())],
        };
        let charged = self.simulator.charge_in_process(request).await;
        let charged = charged.map_err(|error| unavailable(&error))?;
        if let (IntentStatus::Succeeded, Some(event)) = (charged.status, charged.event) {
            let snapshot = IntentSnapshot {
                order_id: Some(order.to_string()),
                status: GatewayStatus::Succeeded,
                captured: amount,
                failure: None,
            };
            self.remember(&charged.intent_id, snapshot);
            let callback = ChargeReport {
                order_id: order.clone(),
                event_id: event.id,
                intent_id: charged.intent_id.clone(),
                charge_id: None,
                result: ChargeStatus::Succeeded,
                amount,
                failure: None,
            };
            let received =
                payment::receive_callback(&self.runtime, &callback, TraceParent::start()).await;
            received.map_err(|error| unavailable(&error))?;
        }
        let pay_url = self.pay_url(&charged.intent_id);
        Ok(Intent {
            id: charged.intent_id,
            pay_url,
        })
    }

    async fn charge(
        &self,
        _: &OrderId,
        _: &str,
        _: &str,
        _: u32,
    ) -> Result<ChargeResponse, GatewayError> {
        Ok(ChargeResponse::Accepted)
    }

    async fn void(&self, _: &OrderId, _: &str) -> Result<VoidResponse, GatewayError> {
        Err(GatewayError::Refused(
            "the benchmark voids nothing".to_owned(),
        ))
    }

    async fn refund(&self, _: &OrderId, _: &str) -> Result<Refund, GatewayError> {
        Err(GatewayError::Refused(
            "the benchmark refunds nothing".to_owned(),
        ))
    }

    async fn look_up(&self, intent: &str) -> Result<Option<IntentSnapshot>, GatewayError> {
        let charged = self.charged.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(charged.get(intent).cloned())
    }

    fn pay_url(&self, intent: &str) -> String {
        format!("in-process:{intent}")
    }
}

/// Discards every message after it was composed.
#[derive(Debug)]
pub(super) struct DiscardingNotifier;

impl Notifier for DiscardingNotifier {
    async fn mail(&self, _: &Mail<'_>) -> Result<(), SendError> {
        Ok(())
    }

    async fn sms(&self, _: &Sms<'_>) -> Result<(), SendError> {
        Ok(())
    }
}
