//! Opening an order's payment, and its charges.

use contracts::event::{OrderAwaitingPayment, OrderPaymentRequested};
use store::payment::{self, Opening, PaymentView, Recorded, UnansweredCharge};
use streamward::{Cause, Delivery, Outcome, clock};

use crate::{
    charge_limiter::ChargeAttempt,
    gateway::Gateway,
    handler::{PaymentHandler, StepResult},
    poll_schedule, report,
};

impl<G: Gateway> PaymentHandler<G> {
    pub(crate) async fn open(
        &self,
        event: &OrderAwaitingPayment,
        delivery: &Delivery,
    ) -> StepResult {
        let order = &event.order_id;
        let redelivered = delivery.is_redelivery();
        let in_time = clock::now_ms() < event.pay_before;
        // After an outage the order may have ended long ago and must not be charged. An earlier delivery
        // may have charged it before a crash, though; then the intent is recorded, to be voided.
        if !in_time && !redelivered {
            return Ok(Outcome::Done);
        }
        let payment = match redelivered {
            true => payment::find(&self.runtime, order).await?,
            false => None,
        };
        if payment
            .as_ref()
            .is_some_and(|payment| payment.intent.is_some())
        {
            return Ok(Outcome::Done);
        }
        // A payment without an intent belongs to an order that has ended.
        let payable = in_time && payment.is_none();
        if event.amount.amount == 0 {
            // Providers refuse charges of zero.
            let report = report::free_order(order, event.amount);
            return self.record_verified(&report, delivery).await;
        }
        let intent = self.gateway.open(order, event.amount).await?;
        let method = event.payment_method.as_ref().filter(|_| payable);
        let (opening, poll) = match method {
            None => (Opening::Page, poll_schedule::after_page()),
            Some(method) => {
                let charge = UnansweredCharge {
                    attempt: 1,
                    method: method.clone(),
                };
                let gateway = &*self.gateway;
                match self
                    .charges
                    .charge(gateway, order, &intent.id, charge)
                    .await?
                {
                    ChargeAttempt::Accepted => (Opening::Charging, poll_schedule::after_charge()),
                    ChargeAttempt::Unanswered(charge) => {
                        let poll = poll_schedule::after_unanswered_charge();
                        (Opening::Unanswered(charge), poll)
                    }
                    ChargeAttempt::Refused(failure) => {
                        let code = failure.code;
                        tracing::info!(%order, code, "payment method refused; the customer may choose another");
                        (Opening::Page, poll_schedule::after_page())
                    }
                }
            }
        };
        let step = self.step(delivery, order)?;
        match payment::open_payment(step, event.amount, &intent, &opening, poll).await? {
            // The order ended while the intent was being opened.
            Recorded::Ended => self.void_intent(order, intent.id, delivery).await,
            Recorded::Recorded
            | Recorded::Late
            | Recorded::Duplicate
            | Recorded::Doubtful
            | Recorded::Appeared
            | Recorded::Stale => Ok(Outcome::Settled),
        }
    }

    pub(crate) async fn charge_on_request(
        &self,
        event: &OrderPaymentRequested,
        delivery: &Delivery,
    ) -> StepResult {
        let order = &event.order_id;
        let payment = payment::find(&self.runtime, order).await?;
        let ended = |payment: &PaymentView| payment.status == "voided" || payment.was_captured();
        if payment.as_ref().is_some_and(ended) {
            // An order that is paid or has ended is never charged.
            return Ok(Outcome::Done);
        }
        let Some(intent) = payment.and_then(|payment| payment.intent) else {
            return Err(Cause::new("the payment is not open yet").into());
        };
        let charge = UnansweredCharge {
            attempt: event.attempt,
            method: event.payment_method.clone(),
        };
        let gateway = &*self.gateway;
        let attempt = self.charges.charge(gateway, order, &intent, charge).await?;
        let poll = match &attempt {
            ChargeAttempt::Accepted => poll_schedule::after_charge(),
            ChargeAttempt::Unanswered(_) => poll_schedule::after_unanswered_charge(),
            ChargeAttempt::Refused(failure) => {
                let (amount, failure) = (event.amount, failure.clone());
                let report = report::refused(order, intent, event.attempt, amount, failure);
                return self.record_verified(&report, delivery).await;
            }
        };
        let step = self.step(delivery, order)?;
        payment::begin_charge(step, event.attempt, attempt.unanswered(), poll).await?;
        Ok(Outcome::Settled)
    }
}
