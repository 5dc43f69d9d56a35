//! What orders ask for, and what the provider reports.

use std::sync::Arc;

use contracts::{
    Money, OrderId,
    event::{
        ChargeStatus, OrderAwaitingPayment, OrderPaymentRequested, OrderRefundRequested,
        ProviderCallback,
    },
};
use store::{
    Step,
    payment::{self, Opening, PaymentView, Proof, Recorded, Unanswered},
};
use streamward::{Cause, Delivery, Handler, Outcome, Runtime, clock};

use crate::{
    PaymentMessage, asking,
    charging::{Charges, Tried},
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

    async fn open(
        &self,
        event: &OrderAwaitingPayment,
        delivery: &Delivery,
    ) -> Result<Outcome, Cause> {
        let order = &event.order_id;
        let again = delivery.is_redelivery();
        let in_time = clock::now_ms() < event.pay_before;
        // After an outage the order may have ended long ago: do not charge for nothing. An earlier
        // delivery may have charged, though, and died; then the intent is recorded, to be voided.
        if !in_time && !again {
            return Ok(Outcome::Done);
        }
        if again && self.intent(order).await?.is_some() {
            return Ok(Outcome::Done);
        }
        if event.amount.amount == 0 {
            return self.pay_nothing(event, delivery).await;
        }
        let intent = match self.gateway.open(order, event.amount).await {
            Ok(intent) => intent,
            Err(error) => return Ok(error.into()),
        };
        let method = event.payment_method.as_ref().filter(|_| in_time);
        let tried = match method {
            None => None,
            Some(method) => {
                let (attempt, method) = (1, method.clone());
                let charge = Unanswered { attempt, method };
                let made = self
                    .charges
                    .make(&*self.gateway, order, &intent.id, charge)
                    .await;
                match made {
                    Ok(tried) => Some(tried),
                    Err(error) => return Ok(error.into()),
                }
            }
        };
        let (opening, asking) = match tried {
            Some(Tried::Begun) => (Opening::Charging, asking::after_charge()),
            Some(Tried::Unanswered(charge)) => {
                (Opening::Unanswered(charge), asking::after_silence())
            }
            Some(Tried::Refused(failure)) => {
                tracing::info!(%order, failure.code, "the payment method was refused; the customer may choose another");
                (Opening::Page, asking::after_page())
            }
            None => (Opening::Page, asking::after_page()),
        };
        let step = self.step_of(delivery, order)?;
        match payment::open(step, event.amount, &intent, &opening, asking).await? {
            // The order ended while the intent was being opened: what was opened must be undone.
            Recorded::Ended => self.void_intent(order, intent.id, delivery).await,
            Recorded::Recorded
            | Recorded::Late
            | Recorded::Duplicate
            | Recorded::Doubtful
            | Recorded::Stale => Ok(Outcome::Settled),
        }
    }

    /// An order that costs nothing is paid without the provider, which charges no nothing.
    async fn pay_nothing(
        &self,
        event: &OrderAwaitingPayment,
        delivery: &Delivery,
    ) -> Result<Outcome, Cause> {
        let order = &event.order_id;
        let report = report::of_nothing(order, event.amount);
        self.settle(&report, delivery).await
    }

    async fn charge_again(
        &self,
        event: &OrderPaymentRequested,
        delivery: &Delivery,
    ) -> Result<Outcome, Cause> {
        let order = &event.order_id;
        let Some(intent) = self.intent(order).await? else {
            return Err(Cause::new("the payment is not open yet"));
        };
        let charge = Unanswered {
            attempt: event.attempt,
            method: event.payment_method.clone(),
        };
        let made = self
            .charges
            .make(&*self.gateway, order, &intent, charge)
            .await;
        let tried = match made {
            Ok(tried) => tried,
            Err(error) => return Ok(error.into()),
        };
        let asking = match &tried {
            Tried::Begun => asking::after_charge(),
            Tried::Unanswered(_) => asking::after_silence(),
            Tried::Refused(failure) => {
                let (amount, failure) = (event.amount, failure.clone());
                let report = report::refused(order, intent, event.attempt, amount, failure);
                return self.settle(&report, delivery).await;
            }
        };
        let step = self.step_of(delivery, order)?;
        payment::charge(step, tried.unanswered(), asking).await?;
        Ok(Outcome::Settled)
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
        payment::void(self.step_of(delivery, order)?, None).await?;
        Ok(Outcome::Settled)
    }

    pub(crate) async fn void_intent(
        &self,
        order: &OrderId,
        intent: String,
        delivery: &Delivery,
    ) -> Result<Outcome, Cause> {
        match self.gateway.void(order, &intent).await {
            Ok(Voided::Voided) => {
                payment::void(self.step_of(delivery, order)?, None).await?;
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
        payment::void(step, Some(asking::after_late_void())).await?;
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

    async fn record(
        &self,
        event: &ProviderCallback,
        delivery: &Delivery,
    ) -> Result<Outcome, Cause> {
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
        report: &ProviderCallback,
        delivery: &Delivery,
    ) -> Result<Outcome, Cause> {
        self.write(report, Proof::Provider, delivery).await?;
        Ok(Outcome::Settled)
    }

    async fn write(
        &self,
        report: &ProviderCallback,
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

    async fn intent(&self, order: &OrderId) -> Result<Option<String>, Cause> {
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
