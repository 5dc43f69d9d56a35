//! What orders ask for, and what the provider reports.

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
    PaymentMessage, asking,
    charging::Charges,
    gateway::{Gateway, Voided},
    report,
};

/// Handles what orders ask for and what the provider reports.
#[derive(Debug)]
pub struct PaymentHandler<G> {
    pub(crate) runtime: Runtime,
    pub(crate) gateway: Arc<G>,
    pub(crate) charges: Charges,
}

impl<G: Gateway> PaymentHandler<G> {
    /// A handler on this shop that charges through `gateway`, and waits for the answers of `charges` at
    /// a time.
    pub fn new(runtime: Runtime, gateway: Arc<G>, charges: usize) -> Self {
        Self {
            runtime,
            gateway,
            charges: Charges::at_most(charges),
        }
    }

    async fn step(&self, message: PaymentMessage, delivery: &Delivery) -> Result<Outcome, Cause> {
        match message {
            PaymentMessage::Awaiting(event) => self.open(&event, delivery).await,
            PaymentMessage::Requested(event) => self.charge_again(&event, delivery).await,
            PaymentMessage::Rejected(event) => self.void(&event.order_id, delivery).await,
            PaymentMessage::Cancelled(event) => self.void(&event.order_id, delivery).await,
            PaymentMessage::RefundRequested(event) => self.refund(&event, delivery).await,
            PaymentMessage::Callback(event) => self.record(&event, delivery).await,
            PaymentMessage::Poll => {
                let order = delivery.key().parse();
                let order = order.map_err(|error| Cause::new(format!("key: {error}")))?;
                self.poll(&order, delivery).await
            }
        }
    }

    async fn void(&self, order: &OrderId, delivery: &Delivery) -> Result<Outcome, Cause> {
        let found = payment::find(&self.runtime, order).await?;
        // Captured money goes back by a refund, which the order service asks for.
        if found.as_ref().is_some_and(PaymentView::was_captured) {
            return Ok(Outcome::Done);
        }
        if let Some(intent) = found.and_then(|payment| payment.intent) {
            return self.void_intent(order, intent, delivery).await;
        }
        // Nothing was opened at the provider yet; what is opened later finds the mark.
        if payment::void(self.step_of(delivery, order)?, None, None).await? != Recorded::Appeared {
            return Ok(Outcome::Settled);
        }
        // What was opened between the look and the mark is voided like any other.
        match self.intent(order).await? {
            Some(intent) => self.void_intent(order, intent, delivery).await,
            None => Err(Cause::new("the payment's intent is gone")),
        }
    }

    pub(crate) async fn void_intent(
        &self,
        order: &OrderId,
        intent: String,
        delivery: &Delivery,
    ) -> Result<Outcome, Cause> {
        match self.gateway.void(order, &intent).await {
            Ok(Voided::Voided) => {
                payment::void(self.step_of(delivery, order)?, Some(&intent), None).await?;
                Ok(Outcome::Settled)
            }
            Ok(Voided::TooLate) => self.void_too_late(order, intent, delivery).await,
            Err(error) => Ok(error.into()),
        }
    }

    /// The order has ended, but its intent was charged: the money is recorded now, whether its
    /// callback ever comes or not, and the order service sends it back. A charge that is still under
    /// way is asked about until it ends.
    async fn void_too_late(
        &self,
        order: &OrderId,
        intent_id: String,
        delivery: &Delivery,
    ) -> Result<Outcome, Cause> {
        let truth = match self.gateway.look(&intent_id).await {
            Ok(truth) => truth,
            Err(error) => return Ok(error.into()),
        };
        if let Some(truth) = truth.filter(|truth| truth.succeeded()) {
            let report = report::looked_up(order, intent_id, &truth);
            return self.settle(&report, delivery).await;
        }
        let step = self.step_of(delivery, order)?;
        payment::void(step, Some(&intent_id), Some(asking::after_late_void())).await?;
        Ok(Outcome::Settled)
    }

    async fn refund(
        &self,
        event: &OrderRefundRequested,
        delivery: &Delivery,
    ) -> Result<Outcome, Cause> {
        let order = &event.order_id;
        let Some(found) = payment::find(&self.runtime, order).await? else {
            return Ok(Outcome::dead(Cause::new("there is no payment to refund")));
        };
        let Some(intent) = found.intent.filter(|_| found.status == "succeeded") else {
            return Ok(Outcome::Done);
        };
        if intent == report::FREE {
            let nothing = found.currency.map(|currency| Money::new(0, currency));
            let nothing = nothing.ok_or_else(|| Cause::new("the payment has no currency"))?;
            let step = self.step_of(delivery, order)?;
            payment::refund(step, report::FREE, nothing).await?;
            return Ok(Outcome::Settled);
        }
        match self.gateway.refund(order, &intent).await {
            Ok(refund) => {
                let step = self.step_of(delivery, order)?;
                payment::refund(step, &refund.id, refund.amount).await?;
                Ok(Outcome::Settled)
            }
            Err(error) => Ok(error.into()),
        }
    }

    async fn record(&self, event: &ChargeReport, delivery: &Delivery) -> Result<Outcome, Cause> {
        let order = &event.order_id;
        // We voided it ourselves, and know.
        if event.result == ChargeStatus::Canceled {
            return Ok(Outcome::Done);
        }
        let recorded = self.write(event, Proof::Signature, delivery).await?;
        if recorded != Recorded::Doubtful {
            return Ok(Outcome::Settled);
        }
        // It overtook the answer to the charge, or it is about something else: ask.
        let truth = match self.gateway.look(&event.intent_id).await {
            Ok(truth) => truth,
            Err(error) => return Ok(error.into()),
        };
        let Some(report) = truth.and_then(|truth| report::confirmed_by(&truth, event)) else {
            let words = format!(
                "the provider does not confirm {} of {order}",
                event.intent_id
            );
            return Ok(Outcome::dead(Cause::new(words)));
        };
        self.settle(&report, delivery).await
    }

    /// Records what the provider itself vouches for.
    pub(crate) async fn settle(
        &self,
        report: &ChargeReport,
        delivery: &Delivery,
    ) -> Result<Outcome, Cause> {
        self.write(report, Proof::Provider, delivery).await?;
        Ok(Outcome::Settled)
    }

    async fn write(
        &self,
        report: &ChargeReport,
        proof: Proof,
        delivery: &Delivery,
    ) -> Result<Recorded, Cause> {
        // The customer is sent to the page only when the charge failed.
        let failed = report.result == ChargeStatus::Failed;
        let pay_url = failed.then(|| self.gateway.pay_url(&report.intent_id));
        let step = self.step_of(delivery, &report.order_id)?;
        let pause = asking::after_page().pause;
        Ok(payment::record(step, report, pay_url, proof, pause).await?)
    }

    pub(crate) async fn intent(&self, order: &OrderId) -> Result<Option<String>, Cause> {
        Ok(payment::find(&self.runtime, order)
            .await?
            .and_then(|payment| payment.intent))
    }

    pub(crate) fn step_of<'a>(
        &'a self,
        delivery: &'a Delivery,
        order: &'a OrderId,
    ) -> Result<Step<'a>, Cause> {
        Ok(Step::new(&self.runtime, delivery, order)?)
    }
}

impl<G: Gateway> Handler for PaymentHandler<G> {
    type Message = PaymentMessage;

    async fn handle(&self, message: PaymentMessage, delivery: &Delivery) -> Outcome {
        self.step(message, delivery).await.into()
    }
}
