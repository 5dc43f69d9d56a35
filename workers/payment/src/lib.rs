//! The payment service: the only one that talks to the provider.
//!
//! Effects at the provider happen at least once and carry an idempotency key that follows from the
//! order, so a step repeated after a crash charges nobody twice. What a charge came to is learnt
//! from the provider's signed callback; the provider is asked when a callback is doubtful, and when
//! an order ends whose intent can no longer be voided.

pub mod gateway;
mod message;
mod report;
mod stripe;

use std::{sync::Arc, time::Duration};

use contracts::{
    Money, OrderId, PaymentId, Service,
    event::{
        ChargeStatus, OrderAwaitingPayment, OrderPaymentRequested, OrderRefundRequested,
        ProviderCallback,
    },
};
use store::{
    Step,
    payment::{self, Proof, Recorded},
};
use streamward::{Backoff, Cause, Consumer, Delivery, Handler, Outcome, Runtime, clock};

pub use gateway::{Gateway, GatewayError, IntentTruth, Voided};
pub use message::PaymentMessage;
pub use stripe::StripeGateway;

/// Handles what orders ask for and what the provider reports.
#[derive(Debug)]
pub struct PaymentHandler<G> {
    runtime: Runtime,
    gateway: Arc<G>,
}

impl<G: Gateway> PaymentHandler<G> {
    /// A handler on this shop that charges through `gateway`.
    pub const fn new(runtime: Runtime, gateway: Arc<G>) -> Self {
        Self { runtime, gateway }
    }

    async fn step(&self, message: PaymentMessage, delivery: &Delivery) -> Result<Outcome, Cause> {
        match message {
            PaymentMessage::Awaiting(event) => self.open(&event, delivery).await,
            PaymentMessage::Requested(event) => self.charge_again(&event).await,
            PaymentMessage::Rejected(event) => self.void(&event.order_id, delivery).await,
            PaymentMessage::Cancelled(event) => self.void(&event.order_id, delivery).await,
            PaymentMessage::RefundRequested(event) => self.refund(&event, delivery).await,
            PaymentMessage::Callback(event) => self.record(&event, delivery).await,
        }
    }

    async fn open(
        &self,
        event: &OrderAwaitingPayment,
        delivery: &Delivery,
    ) -> Result<Outcome, Cause> {
        let order = &event.order_id;
        // After an outage the order may have ended long ago: do not charge for nothing.
        if event.pay_before <= clock::now_ms() {
            return Ok(Outcome::Done);
        }
        if delivery.is_redelivery() && self.intent(order).await?.is_some() {
            return Ok(Outcome::Done);
        }
        if event.amount.amount == 0 {
            return self.pay_nothing(event, delivery).await;
        }
        let method = event.payment_method.as_deref();
        let opened = self.gateway.open(order, event.amount, method).await;
        let (intent, refused) = match opened {
            Ok(opened) => (opened.intent, opened.refused),
            Err(error) => return Ok(error.into()),
        };
        if refused {
            // The provider will not take this method at all, so no callback will come either.
            tracing::info!(%order, "the payment method was refused; the customer may choose another");
        }
        let charging = method.is_some() && !refused;
        let step = self.step_of(delivery, order)?;
        match payment::open(step, event.amount, &intent, charging).await? {
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
        let step = self.step_of(delivery, order)?;
        payment::record(step, &report, None, Proof::Provider).await?;
        Ok(Outcome::Settled)
    }

    async fn charge_again(&self, event: &OrderPaymentRequested) -> Result<Outcome, Cause> {
        let order = &event.order_id;
        let Some(intent) = self.intent(order).await? else {
            return Err(Cause::new("the payment is not open yet"));
        };
        let charged = self
            .gateway
            .charge(order, &intent, &event.payment_method, event.attempt)
            .await;
        match charged {
            Ok(()) => Ok(Outcome::Done),
            Err(error) => Ok(error.into()),
        }
    }

    async fn void(&self, order: &OrderId, delivery: &Delivery) -> Result<Outcome, Cause> {
        let intent = self.intent(order).await?;
        if let Some(intent) = intent.filter(|intent| intent != report::FREE) {
            return self.void_intent(order, intent, delivery).await;
        }
        // Nothing was opened at the provider yet; what is opened later finds the mark.
        payment::void(self.step_of(delivery, order)?).await?;
        Ok(Outcome::Settled)
    }

    async fn void_intent(
        &self,
        order: &OrderId,
        intent: String,
        delivery: &Delivery,
    ) -> Result<Outcome, Cause> {
        match self.gateway.void(order, &intent).await {
            Ok(Voided::Voided) => {
                payment::void(self.step_of(delivery, order)?).await?;
                Ok(Outcome::Settled)
            }
            Ok(Voided::TooLate) => self.void_too_late(order, intent, delivery).await,
            Err(error) => Ok(error.into()),
        }
    }

    /// The order has ended, but its intent was charged: the money is recorded now, whether its
    /// callback ever comes or not, and the order service sends it back. A charge that is still under
    /// way is sent back when it is reported.
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
        let step = self.step_of(delivery, order)?;
        match truth.filter(|truth| truth.succeeded) {
            None => payment::void(step).await?,
            Some(truth) => {
                let report = report::looked_up(order, intent_id, &truth);
                payment::record(step, &report, None, Proof::Provider).await?
            }
        };
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
        let pay_url = match event.result {
            // The customer is sent to the page only when the charge failed.
            ChargeStatus::Failed => Some(self.gateway.pay_url(&event.intent_id)),
            ChargeStatus::Succeeded => None,
            // We voided it ourselves, and know.
            ChargeStatus::Canceled => return Ok(Outcome::Done),
        };
        let step = self.step_of(delivery, order)?;
        let recorded = payment::record(step, event, pay_url.clone(), Proof::Signature).await?;
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
        let step = self.step_of(delivery, order)?;
        payment::record(step, &report, pay_url, Proof::Provider).await?;
        Ok(Outcome::Settled)
    }

    async fn intent(&self, order: &OrderId) -> Result<Option<String>, Cause> {
        Ok(payment::find(&self.runtime, order)
            .await?
            .and_then(|payment| payment.intent))
    }

    fn step_of<'a>(
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

/// A provider may be away for a while: half an hour of trying, with pauses up to twenty seconds.
const ATTEMPTS: u32 = 100;

fn patience() -> Backoff {
    let (first, longest) = (Duration::from_millis(200), Duration::from_secs(20));
    Backoff::new(first, longest, 0.2).unwrap_or_default()
}

/// The payment service's consumer. The provider may take seconds, so its handlers may too.
pub fn consumer<G: Gateway>(runtime: &Runtime, gateway: Arc<G>) -> Consumer<PaymentHandler<G>> {
    let service = Service::Payment;
    Consumer::new(
        service.name(),
        PaymentHandler::new(runtime.clone(), gateway),
    )
    .reads(service.reads().iter().copied())
    .writes([service.writes()])
    .timeout(Duration::from_secs(25))
    .lease(Duration::from_secs(60))
    .backoff(patience())
    .max_attempts(ATTEMPTS)
}

/// The idempotency key of an order's charge at the provider.
pub(crate) fn charge_key(order: &OrderId) -> String {
    PaymentId::of(order).to_string()
}

/// A refund at the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// The provider's id.
    pub id: String,
    /// What went back.
    pub amount: Money,
}
