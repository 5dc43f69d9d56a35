//! External systems in process: the simulated provider without HTTP, and a notifier that discards
//! messages, so that only the shop is measured.
//!
//! A charge is answered first; its callback is received some milliseconds later, as the API receives it.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
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
use tokio::sync::{OwnedRwLockWriteGuard, RwLock};
use tokio_util::task::TaskTracker;

/// Time of a callback after the answer to its charge: networks are not faster.
const CALLBACK_AFTER: Duration = Duration::from_millis(5);

/// A provider that charges in process.
#[derive(Debug)]
pub(super) struct InProcessGateway {
    /// Captures by intent.
    captured: Mutex<HashMap<String, ChargeReport>>,
    simulator: Simulator,
    runtime: Runtime,
    callbacks: TaskTracker,
    /// Whether a callback was begun since the last look.
    called_back: AtomicBool,
    /// Held for writing while no callback may arrive.
    gate: Arc<RwLock<()>>,
}

impl InProcessGateway {
    pub(super) async fn open(runtime: Runtime) -> anyhow::Result<Self> {
        Ok(Self {
            captured: Mutex::default(),
            simulator: Simulator::open(Settings::generated()).await?,
            runtime,
            callbacks: TaskTracker::new(),
            called_back: AtomicBool::new(false),
            gate: Arc::default(),
        })
    }

    /// Holds callbacks back until the guard is dropped.
    pub(super) async fn hold_callbacks(&self) -> OwnedRwLockWriteGuard<()> {
        Arc::clone(&self.gate).write_owned().await
    }

    /// Waits until every callback so far is received. Returns whether there was one since the last call.
    pub(super) async fn deliver_callbacks(&self) -> bool {
        self.callbacks.close();
        self.callbacks.wait().await;
        self.callbacks.reopen();
        self.called_back.swap(false, Ordering::AcqRel)
    }

    fn captured(&self) -> MutexGuard<'_, HashMap<String, ChargeReport>> {
        self.captured.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Gateway for InProcessGateway {
    /// Opens the payment; the simulator charges it in the same request.
    async fn open(&self, order: &OrderId, amount: Money) -> Result<Intent, GatewayError> {
        let request = ChargeRequest {
            idempotency_key: Some(PaymentId::of(order).to_string()),
            amount: u64::try_from(amount.amount).unwrap_or(0),
            currency: amount.currency.as_str().to_lowercase(),
            payment_method: "pm_card_visa".to_owned(),
            metadata: vec![("order_id".to_owned(), order.to_string())],
        };
        let charged = self.simulator.charge_in_process(request).await;
        let charged = charged.map_err(|error| GatewayError::Unavailable(error.to_string()))?;
        let id = charged.intent_id;
        if let (IntentStatus::Succeeded, Some(event)) = (charged.status, charged.event) {
            let report = ChargeReport {
                order_id: order.clone(),
                event_id: event.id,
                intent_id: id.clone(),
                charge_id: None,
                result: ChargeStatus::Succeeded,
                amount,
                failure: None,
            };
            self.captured().insert(id.clone(), report);
        }
        Ok(Intent {
            pay_url: self.pay_url(&id),
            id,
        })
    }

    async fn charge(
        &self,
        _: &OrderId,
        intent: &str,
        _: &str,
        _: u32,
    ) -> Result<ChargeResponse, GatewayError> {
        let Some(report) = self.captured().get(intent).cloned() else {
            return Ok(ChargeResponse::Accepted);
        };
        let (runtime, gate) = (self.runtime.clone(), Arc::clone(&self.gate));
        self.called_back.store(true, Ordering::Release);
        self.callbacks.spawn(async move {
            tokio::time::sleep(CALLBACK_AFTER).await;
            let _open = gate.read().await;
            let received = payment::receive_callback(&runtime, &report, TraceParent::start());
            if let Err(error) = received.await {
                tracing::warn!(%error, "callback not received");
            }
        });
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
        let captured = self.captured().get(intent).cloned();
        Ok(captured.map(|report| IntentSnapshot {
            order_id: Some(report.order_id.to_string()),
            status: GatewayStatus::Succeeded,
            captured: report.amount,
            failure: None,
        }))
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
