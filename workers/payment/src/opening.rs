//! Opening an order's payment, and charging it.

use contracts::{
    OrderId,
    event::{OrderAwaitingPayment, OrderPaymentRequested},
};
use store::payment::{self, Asking, Opening, PaymentView, Recorded, Unanswered};
use streamward::{Cause, Delivery, Outcome, clock};

use crate::{
    asking,
    charging::Tried,
    gateway::{Gateway, GatewayError},
    handler::PaymentHandler,
    report,
};

impl<G: Gateway> PaymentHandler<G> {
    pub(crate) async fn open(
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
        let found = if again {
            payment::find(&self.runtime, order).await?
        } else {
            None
        };
        if found.as_ref().is_some_and(|found| found.intent.is_some()) {
            return Ok(Outcome::Done);
        }
        // What is known of a payment without an intent is that its order has ended.
        let payable = in_time && found.is_none();
        if event.amount.amount == 0 {
            return self.pay_nothing(event, delivery).await;
        }
        let intent = match self.gateway.open(order, event.amount).await {
            Ok(intent) => intent,
            Err(error) => return Ok(error.into()),
        };
        let method = event.payment_method.as_ref().filter(|_| payable);
        let (opening, asking) = match method {
            None => (Opening::Page, asking::after_page()),
            Some(method) => match self.charge_first(order, &intent.id, method).await {
                Ok(begun) => begun,
                Err(error) => return Ok(error.into()),
            },
        };
        let step = self.step_of(delivery, order)?;
        match payment::open(step, event.amount, &intent, &opening, asking).await? {
            // The order ended while the intent was being opened: what was opened must be undone.
            Recorded::Ended => self.void_intent(order, intent.id, delivery).await,
            Recorded::Recorded
            | Recorded::Late
            | Recorded::Duplicate
            | Recorded::Doubtful
            | Recorded::Appeared
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

    pub(crate) async fn charge_again(
        &self,
        event: &OrderPaymentRequested,
        delivery: &Delivery,
    ) -> Result<Outcome, Cause> {
        let order = &event.order_id;
        let found = payment::find(&self.runtime, order).await?;
        let ended = |found: &PaymentView| found.status == "voided" || found.was_captured();
        if found.as_ref().is_some_and(ended) {
            // Nobody is charged for an order that is paid or has ended, whatever was opened for it.
            return Ok(Outcome::Done);
        }
        let Some(intent) = found.and_then(|found| found.intent) else {
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
        payment::charge(step, event.attempt, tried.unanswered(), asking).await?;
        Ok(Outcome::Settled)
    }

    /// Charges the method that came with the order, and says what that means for the payment.
    async fn charge_first(
        &self,
        order: &OrderId,
        intent: &str,
        method: &str,
    ) -> Result<(Opening, Asking), GatewayError> {
        let charge = Unanswered {
            attempt: 1,
            method: method.to_owned(),
        };
        let made = self.charges.make(&*self.gateway, order, intent, charge);
        Ok(match made.await? {
            Tried::Begun => (Opening::Charging, asking::after_charge()),
            Tried::Unanswered(charge) => (Opening::Unanswered(charge), asking::after_silence()),
            Tried::Refused(failure) => {
                let code = failure.code;
                tracing::info!(%order, code, "the payment method was refused; the customer may choose another");
                (Opening::Page, asking::after_page())
            }
        })
    }
}
