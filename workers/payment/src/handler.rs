//! Handling of the orders' requests and the provider's reports.

use std::sync::Arc;

use contracts::{
    Money, OrderId,
    event::{ChargeReport, ChargeStatus, OrderRefundRequested},
};
use store::{
    Step,
    payment::{self, PaymentView, Proof, Recorded},
};
use streamward::{Cause, Delivery, Handler, Outcome, Runtime};

use crate::{
    PaymentMessage,
    charge_limiter::ChargeLimiter,
    gateway::{Gateway, GatewayError, VoidResponse},
    poll_schedule, report,
};

/// Handler of the payment service.
#[derive(Debug)]
pub struct PaymentHandler<G> {
    pub(crate) runtime: Runtime,
    pub(crate) gateway: Arc<G>,
    pub(crate) charges: ChargeLimiter,
}

/// Result of a step.
pub(crate) type StepResult = Result<Outcome, StepError>;

/// Error of a step, as the outcome that it leads to.
#[derive(Debug)]
pub(crate) struct StepError(Outcome);

impl From<GatewayError> for StepError {
    fn from(error: GatewayError) -> Self {
        Self(error.into())
    }
}

impl From<streamward::Error> for StepError {
    fn from(error: streamward::Error) -> Self {
        Self(Outcome::retry(error))
    }
}

impl From<Cause> for StepError {
    fn from(cause: Cause) -> Self {
        Self(Outcome::retry(cause))
    }
}

impl<G: Gateway> PaymentHandler<G> {
    /// Returns a handler that charges through `gateway`, at most `charges` at a time.
    pub fn new(runtime: Runtime, gateway: Arc<G>, charges: usize) -> Self {
        Self {
            runtime,
            gateway,
            charges: ChargeLimiter::new(charges),
        }
    }

    async fn process(&self, message: PaymentMessage, delivery: &Delivery) -> StepResult {
        match message {
            PaymentMessage::Awaiting(event) => self.open(&event, delivery).await,
            PaymentMessage::Requested(event) => self.charge_on_request(&event, delivery).await,
            PaymentMessage::Rejected(event) => self.void(&event.order_id, delivery).await,
            PaymentMessage::Cancelled(event) => self.void(&event.order_id, delivery).await,
            PaymentMessage::RefundRequested(event) => self.refund(&event, delivery).await,
            PaymentMessage::Callback(event) => self.record_callback(&event, delivery).await,
            PaymentMessage::Poll => {
                let order = delivery.key().parse();
                let order = order.map_err(|error| Cause::new(format!("key: {error}")))?;
                self.poll(&order, delivery).await
            }
        }
    }

    async fn void(&self, order: &OrderId, delivery: &Delivery) -> StepResult {
        let payment = payment::find(&self.runtime, order).await?;
        // Captured money is refunded, which the order service requests.
        if payment.as_ref().is_some_and(PaymentView::was_captured) {
            return Ok(Outcome::Done);
        }
        if let Some(intent) = payment.and_then(|payment| payment.intent) {
            return self.void_intent(order, intent, delivery).await;
        }
        // No intent yet; one that is opened later finds the mark.
        let recorded = payment::void_payment(self.step(delivery, order)?, None, None).await?;
        if recorded != Recorded::Appeared {
            return Ok(Outcome::Settled);
        }
        // An intent opened between the look-up and the mark is voided like any other.
        let payment = payment::find(&self.runtime, order).await?;
        let intent = payment.and_then(|payment| payment.intent);
        let intent = intent.ok_or_else(|| Cause::new("the payment's intent is gone"))?;
        self.void_intent(order, intent, delivery).await
    }

    pub(crate) async fn void_intent(
        &self,
        order: &OrderId,
        intent: String,
        delivery: &Delivery,
    ) -> StepResult {
        match self.gateway.void(order, &intent).await? {
            VoidResponse::Voided => {
                payment::void_payment(self.step(delivery, order)?, Some(&intent), None).await?;
                Ok(Outcome::Settled)
            }
            VoidResponse::TooLate => self.void_too_late(order, intent, delivery).await,
        }
    }

    /// Records the charge of an order that has ended, so that the order service refunds it even if the
    /// callback is lost. A charge still in progress is polled until it ends.
    async fn void_too_late(
        &self,
        order: &OrderId,
        intent_id: String,
        delivery: &Delivery,
    ) -> StepResult {
        let snapshot = self.gateway.look_up(&intent_id).await?;
        if let Some(snapshot) = snapshot.filter(|snapshot| snapshot.succeeded()) {
            let report = report::captured(order, intent_id, &snapshot);
            return self.record_verified(&report, delivery).await;
        }
        let step = self.step(delivery, order)?;
        let poll = Some(poll_schedule::after_late_void());
        payment::void_payment(step, Some(&intent_id), poll).await?;
        Ok(Outcome::Settled)
    }

    async fn refund(&self, event: &OrderRefundRequested, delivery: &Delivery) -> StepResult {
        let order = &event.order_id;
        let Some(payment) = payment::find(&self.runtime, order).await? else {
            return Ok(Outcome::dead(Cause::new("there is no payment to refund")));
        };
        let Some(intent) = payment.intent.filter(|_| payment.status == "succeeded") else {
            return Ok(Outcome::Done);
        };
        if intent == report::FREE {
            let nothing = payment.currency.map(|currency| Money::new(0, currency));
            let nothing = nothing.ok_or_else(|| Cause::new("the payment has no currency"))?;
            payment::record_provider_refund(self.step(delivery, order)?, report::FREE, nothing)
                .await?;
        } else {
            let refund = self.gateway.refund(order, &intent).await?;
            let step = self.step(delivery, order)?;
            payment::record_provider_refund(step, &refund.id, refund.amount).await?;
        }
        Ok(Outcome::Settled)
    }

    async fn record_callback(&self, event: &ChargeReport, delivery: &Delivery) -> StepResult {
        let order = &event.order_id;
        // This service voided the intent and has recorded it.
        if event.result == ChargeStatus::Canceled {
            return Ok(Outcome::Done);
        }
        let recorded = self.record(event, Proof::Signature, delivery).await?;
        if recorded != Recorded::Doubtful {
            return Ok(Outcome::Settled);
        }
        // The callback overtook the charge's own answer, or concerns another intent: look it up.
        let snapshot = self.gateway.look_up(&event.intent_id).await?;
        let Some(report) = snapshot.and_then(|found| report::confirmed(&found, event)) else {
            let intent = &event.intent_id;
            let cause = format!("the provider does not confirm {intent} of {order}");
            return Ok(Outcome::dead(Cause::new(cause)));
        };
        self.record_verified(&report, delivery).await
    }

    /// Records a report that was looked up at the provider.
    pub(crate) async fn record_verified(
        &self,
        report: &ChargeReport,
        delivery: &Delivery,
    ) -> StepResult {
        self.record(report, Proof::Provider, delivery).await?;
        Ok(Outcome::Settled)
    }

    async fn record(
        &self,
        report: &ChargeReport,
        proof: Proof,
        delivery: &Delivery,
    ) -> Result<Recorded, StepError> {
        // Only a failed charge sends the customer back to the page.
        let failed = report.result == ChargeStatus::Failed;
        let pay_url = failed.then(|| self.gateway.pay_url(&report.intent_id));
        let step = self.step(delivery, &report.order_id)?;
        let pause = poll_schedule::after_page().pause;
        Ok(payment::record_charge(step, report, pay_url, proof, pause).await?)
    }

    pub(crate) fn step<'a>(
        &'a self,
        delivery: &'a Delivery,
        order: &'a OrderId,
    ) -> Result<Step<'a>, StepError> {
        Ok(Step::new(&self.runtime, delivery, order)?)
    }
}

impl<G: Gateway> Handler for PaymentHandler<G> {
    type Message = PaymentMessage;

    async fn handle(&self, message: PaymentMessage, delivery: &Delivery) -> Outcome {
        let result = self.process(message, delivery).await;
        result.unwrap_or_else(|StepError(outcome)| outcome)
    }
}
