//! Provider in the test's process, with scripted responses and a log of its calls.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard},
};

use contracts::{Currency, Money, OrderId, event::Failure};
use payment_worker::{
    Gateway, GatewayError, IntentSnapshot, Refund, VoidResponse,
    gateway::{ChargeResponse, FailedCharge, IntentStatus},
};
use store::payment::Intent;
use tokio::sync::Semaphore;

pub(crate) const AMOUNT: Money = Money::new(1490, Currency::EUR);

/// A provider with one intent, `pi_1`.
#[derive(Debug)]
pub(crate) struct FakeGateway {
    calls: Mutex<Vec<String>>,
    /// Responses to the next voids; the last one is repeated.
    voids: Mutex<VecDeque<VoidResponse>>,
    status: Mutex<IntentStatus>,
    /// Responses to the next charges; later charges are accepted.
    charges: Mutex<VecDeque<Result<ChargeResponse, GatewayError>>>,
    failed_charge: Mutex<Option<FailedCharge>>,
    /// Blocks charges until it has permits, when present.
    pub(crate) charge_gate: Option<Semaphore>,
    /// Blocks look-ups until it has permits, when present.
    pub(crate) look_up_gate: Option<Semaphore>,
}

impl Default for FakeGateway {
    fn default() -> Self {
        Self {
            calls: Mutex::default(),
            voids: Mutex::new([VoidResponse::Voided].into()),
            status: Mutex::new(IntentStatus::Processing),
            charges: Mutex::default(),
            failed_charge: Mutex::default(),
            charge_gate: None,
            look_up_gate: None,
        }
    }
}

impl FakeGateway {
    fn log(&self, call: impl Into<String>) {
        self.calls.lock().unwrap().push(call.into());
    }

    /// Returns every call so far, in order.
    pub(crate) fn calls(&self) -> Vec<String> {
        self.calls.lock().unwrap().clone()
    }

    /// Returns the calls since the last time, in order.
    pub(crate) fn take_calls(&self) -> Vec<String> {
        std::mem::take(&mut *self.calls.lock().unwrap())
    }

    /// Sets the state of the intent.
    pub(crate) fn set_status(&self, status: IntentStatus) {
        *self.status.lock().unwrap() = status;
    }

    /// Sets the responses to the next voids.
    pub(crate) fn respond_to_voids<const N: usize>(&self, responses: [VoidResponse; N]) {
        *self.voids.lock().unwrap() = responses.into();
    }

    /// Returns the queue of responses to the next charges.
    pub(crate) fn charges(&self) -> MutexGuard<'_, VecDeque<Result<ChargeResponse, GatewayError>>> {
        self.charges.lock().unwrap()
    }

    /// Sets the last failed charge of the intent.
    pub(crate) fn set_failed_charge(&self, charge: FailedCharge) {
        *self.failed_charge.lock().unwrap() = Some(charge);
    }
}

/// Returns the error of a charge without an answer.
pub(crate) fn unavailable() -> GatewayError {
    GatewayError::Unavailable("no answer".to_owned())
}

pub(crate) fn declined() -> Failure {
    Failure {
        code: "card_declined".to_owned(),
        message: "Your card was declined.".to_owned(),
    }
}

impl Gateway for FakeGateway {
    async fn open(&self, _: &OrderId, _: Money) -> Result<Intent, GatewayError> {
        self.log("open");
        Ok(Intent {
            id: "pi_1".to_owned(),
            pay_url: "pay/pi_1".to_owned(),
        })
    }

    async fn charge(
        &self,
        _: &OrderId,
        intent: &str,
        method: &str,
        attempt: u32,
    ) -> Result<ChargeResponse, GatewayError> {
        assert_eq!(intent, "pi_1");
        self.log(format!("charge {attempt} {method}"));
        if let Some(gate) = &self.charge_gate {
            gate.acquire().await.unwrap().forget();
        }
        let next = self.charges().pop_front();
        next.unwrap_or(Ok(ChargeResponse::Accepted))
    }

    async fn void(&self, _: &OrderId, intent: &str) -> Result<VoidResponse, GatewayError> {
        assert_eq!(intent, "pi_1");
        self.log("void");
        let mut voids = self.voids.lock().unwrap();
        let next = voids[0];
        if voids.len() > 1 {
            voids.pop_front();
        }
        Ok(next)
    }

    async fn refund(&self, _: &OrderId, _: &str) -> Result<Refund, GatewayError> {
        self.log("refund");
        Err(GatewayError::Refused(
            "no refunds in these tests".to_owned(),
        ))
    }

    async fn look_up(&self, _: &str) -> Result<Option<IntentSnapshot>, GatewayError> {
        self.log("look up");
        let status = *self.status.lock().unwrap();
        if let Some(gate) = &self.look_up_gate {
            gate.acquire().await.unwrap().forget();
        }
        let captured = match status {
            IntentStatus::Succeeded => AMOUNT,
            IntentStatus::Unpaid | IntentStatus::Processing | IntentStatus::Canceled => {
                Money::new(0, Currency::EUR)
            }
        };
        Ok(Some(IntentSnapshot {
            order_id: None,
            status,
            captured,
            failure: self.failed_charge.lock().unwrap().clone(),
        }))
    }

    fn pay_url(&self, intent: &str) -> String {
        format!("pay/{intent}")
    }
}
