//! Polling of payments for which no callback has arrived.

use contracts::{Currency, Money, OrderId};
use store::payment::{self, PaymentView, UnansweredCharge};
use streamward::{Cause, Delivery, Outcome};

use crate::{
    charge_limiter::ChargeAttempt,
    gateway::{FailedCharge, Gateway, IntentSnapshot, IntentStatus},
    handler::{PaymentHandler, StepResult},
    poll_schedule, report,
};

/// A payment that is being polled.
struct Poll<'a> {
    order: &'a OrderId,
    payment: &'a PaymentView,
    intent: String,
    delivery: &'a Delivery,
}

impl<G: Gateway> PaymentHandler<G> {
    pub(crate) async fn poll(&self, order: &OrderId, delivery: &Delivery) -> StepResult {
        let Some(payment) = payment::find(&self.runtime, order).await? else {
            return Ok(Outcome::Done);
        };
        let Some(intent) = payment.intent.clone().filter(|_| !payment.was_captured()) else {
            return Ok(Outcome::Done);
        };
        let Some(snapshot) = self.gateway.look_up(&intent).await? else {
            let cause = format!("the provider does not know {intent} of {order}");
            return Ok(Outcome::dead(Cause::new(cause)));
        };
        let poll = Poll {
            order,
            payment: &payment,
            intent,
            delivery,
        };
        match snapshot.status {
            IntentStatus::Succeeded => {
                let report = report::captured(order, poll.intent, &snapshot);
                self.record_verified(&report, delivery).await
            }
            IntentStatus::Processing => self.poll_later(&poll, payment.unanswered.as_ref()).await,
            IntentStatus::Canceled => Ok(Outcome::Done),
            // The order has ended, and the charge that prevented its cancellation has failed.
            IntentStatus::Unpaid if payment.status == "voided" => {
                self.void_intent(order, poll.intent, delivery).await
            }
            IntentStatus::Unpaid => match payment.unanswered.clone() {
                Some(charge) => self.retry_charge(poll, charge).await,
                None => self.record_unpaid(poll, &snapshot).await,
            },
        }
    }

    /// Retries an unanswered charge. The idempotency key makes it the same charge if the provider has it.
    async fn retry_charge(&self, poll: Poll<'_>, charge: UnansweredCharge) -> StepResult {
        let refusal = report::refusal_id(&poll.intent, charge.attempt);
        if poll.payment.failures.contains(&refusal) {
            // An earlier retry was refused and recorded.
            return self.poll_later(&poll, Some(&charge)).await;
        }
        let (gateway, again) = (&*self.gateway, charge.clone());
        let attempt = self
            .charges
            .charge(gateway, poll.order, &poll.intent, again);
        match attempt.await? {
            ChargeAttempt::Refused(failure) => {
                let currency = poll.payment.currency.unwrap_or(Currency::EUR);
                let amount = Money::new(poll.payment.amount, currency);
                let Poll { order, intent, .. } = poll;
                let report = report::refused(order, intent, charge.attempt, amount, failure);
                self.record_verified(&report, poll.delivery).await
            }
            ChargeAttempt::Accepted => self.poll_later(&poll, Some(&charge)).await,
            ChargeAttempt::Unanswered(_) => self.poll_later(&poll, None).await,
        }
    }

    /// Records a failed charge whose callback was lost; without one, the customer has not paid yet.
    async fn record_unpaid(&self, poll: Poll<'_>, snapshot: &IntentSnapshot) -> StepResult {
        let unrecorded = |charge: &&FailedCharge| !poll.payment.failures.contains(&charge.id);
        match snapshot.failure.as_ref().filter(unrecorded) {
            None => self.poll_later(&poll, None).await,
            Some(charge) => {
                let report = report::failed(poll.order, poll.intent, snapshot, charge);
                self.record_verified(&report, poll.delivery).await
            }
        }
    }

    async fn poll_later(&self, poll: &Poll<'_>, answered: Option<&UnansweredCharge>) -> StepResult {
        let pause = poll_schedule::pause_after(poll.payment.polls.saturating_add(1));
        if pause.is_none() {
            let order = poll.order;
            tracing::warn!(%order, "polling ends; only a callback can end this payment");
        }
        let step = self.step(poll.delivery, poll.order)?;
        payment::schedule_poll(step, answered, pause).await?;
        Ok(Outcome::Settled)
    }
}
