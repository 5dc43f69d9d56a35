//! The question to the provider about a payment of which nothing was heard.

use contracts::{Currency, Money, OrderId};
use store::payment::{self, PaymentView, Unanswered};
use streamward::{Cause, Delivery, Outcome};

use crate::{
    asking,
    charging::Tried,
    gateway::{FailedCharge, Gateway, IntentStatus, IntentTruth},
    handler::PaymentHandler,
    report,
};

impl<G: Gateway> PaymentHandler<G> {
    pub(crate) async fn poll(
        &self,
        order: &OrderId,
        delivery: &Delivery,
    ) -> Result<Outcome, Cause> {
        let Some(found) = payment::find(&self.runtime, order).await? else {
            return Ok(Outcome::Done);
        };
        let Some(intent) = found.intent.clone().filter(|_| !found.was_captured()) else {
            return Ok(Outcome::Done);
        };
        let truth = match self.gateway.look(&intent).await {
            Ok(Some(truth)) => truth,
            Ok(None) => {
                let words = format!("the provider does not know {intent} of {order}");
                return Ok(Outcome::dead(Cause::new(words)));
            }
            Err(error) => return Ok(error.into()),
        };
        match truth.status {
            IntentStatus::Succeeded => {
                let report = report::looked_up(order, intent, &truth);
                self.settle(&report, delivery).await
            }
            IntentStatus::Processing => {
                let answered = found.unanswered.as_ref();
                self.wait(order, &found, answered, delivery).await
            }
            IntentStatus::Canceled => Ok(Outcome::Done),
            // Its order has ended, and the charge that kept it from being voided has failed.
            IntentStatus::Unpaid if found.status == "voided" => {
                self.void_intent(order, intent, delivery).await
            }
            IntentStatus::Unpaid => match found.unanswered.clone() {
                Some(charge) => self.charge_once_more(order, &found, charge, delivery).await,
                None => self.still_unpaid(order, &found, &truth, delivery).await,
            },
        }
    }

    /// Makes a charge again that was not answered. If the provider has it after all, the idempotency key
    /// makes this the same charge.
    async fn charge_once_more(
        &self,
        order: &OrderId,
        found: &PaymentView,
        charge: Unanswered,
        delivery: &Delivery,
    ) -> Result<Outcome, Cause> {
        let (intent, attempt) = (found.intent.clone().unwrap_or_default(), charge.attempt);
        if found
            .failures
            .contains(&report::refusal_id(&intent, attempt))
        {
            // It was refused when it was made again, and the order told of it.
            return self.wait(order, found, Some(&charge), delivery).await;
        }
        let made = self
            .charges
            .make(&*self.gateway, order, &intent, charge.clone())
            .await;
        match made {
            Ok(Tried::Refused(failure)) => {
                let currency = found.currency.unwrap_or(Currency::EUR);
                let amount = Money::new(found.amount, currency);
                let report = report::refused(order, intent, attempt, amount, failure);
                self.settle(&report, delivery).await
            }
            Ok(Tried::Begun) => self.wait(order, found, Some(&charge), delivery).await,
            Ok(Tried::Unanswered(_)) => self.wait(order, found, None, delivery).await,
            Err(error) => Ok(error.into()),
        }
    }

    /// Nothing is under way. Either a charge failed and its callback was lost, or the customer has not
    /// paid yet.
    async fn still_unpaid(
        &self,
        order: &OrderId,
        found: &PaymentView,
        truth: &IntentTruth,
        delivery: &Delivery,
    ) -> Result<Outcome, Cause> {
        let is_news = |charge: &&FailedCharge| !found.failures.contains(&charge.id);
        match truth.failure.as_ref().filter(is_news) {
            None => self.wait(order, found, None, delivery).await,
            Some(charge) => {
                let intent = found.intent.clone().unwrap_or_default();
                let report = report::looked_up_failure(order, intent, truth, charge);
                self.settle(&report, delivery).await
            }
        }
    }

    async fn wait(
        &self,
        order: &OrderId,
        found: &PaymentView,
        answered: Option<&Unanswered>,
        delivery: &Delivery,
    ) -> Result<Outcome, Cause> {
        let pause = asking::pause_after(found.looks.saturating_add(1));
        if pause.is_none() {
            tracing::warn!(%order, "the provider is not asked any more; only a callback can end this payment");
        }
        let step = self.step_of(delivery, order)?;
        payment::wait(step, answered, pause).await?;
        Ok(Outcome::Settled)
    }
}
