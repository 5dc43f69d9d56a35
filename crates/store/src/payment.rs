//! Payments and refunds. An order has one payment; the provider calls it an intent.

mod callback;
pub(crate) mod polling;
mod view;

use std::time::Duration;

use contracts::{
    Money, OrderId, PaymentId, Service,
    event::{
        ChargeReport, ChargeStatus, Message, PaymentOpened, PaymentProcessed, PaymentRefunded,
    },
};
use streamward::{Partition, pack};

pub use callback::receive_callback;
pub use polling::{NextPoll, UnansweredCharge, begin_charge, schedule_poll};
pub use view::{PaymentView, find};

use crate::{Result, Step, keys};

replies! {
    /// Result of recording a change of a payment.
    pub Recorded {
        /// The change is stored, and its event emitted.
        Recorded = "OPENED" | "CHARGING" | "RECORDED" | "VOIDED" | "REFUNDED" | "WAITING" | "GIVEN_UP",
        /// The payment had moved on.
        Late = "LATE",
        /// The same was recorded before.
        Duplicate = "DUPLICATE",
        /// The order ended before its intent was opened: the intent must be voided. Not settled.
        Ended = "ENDED",
        /// An intent was opened meanwhile that the provider has not voided. Not settled.
        Appeared = "APPEARED",
        /// The report does not match the stored intent; the provider must be polled. Not settled.
        Doubtful = "DOUBTFUL",
        /// The delivery was settled before.
        Stale = "STALE",
    }
}

/// Proof of a report about a charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The signature of the callback: sufficient for the stored intent and amount.
    Signature,
    /// The provider's answer to a poll of the intent.
    Provider,
}

/// The keys of the order's payment, its events and its timers.
fn keys_of(step: &Step<'_>) -> [String; 3] {
    keys_in(step.partition, step.order)
}

fn keys_in(partition: &Partition, order: &OrderId) -> [String; 3] {
    [
        keys::payment(partition, order),
        keys::topics(partition, Service::Payment),
        keys::payment_timers(partition),
    ]
}

/// An intent the provider opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// The provider's id.
    pub id: String,
    /// The provider's payment page.
    pub pay_url: String,
}

/// State of the charge when an intent was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opening {
    /// The customer pays on the provider's page.
    Page,
    /// A charge is in progress.
    Charging,
    /// A charge was requested, and the provider did not answer.
    Unanswered(UnansweredCharge),
}

/// Records an opened intent, and schedules the first poll.
pub async fn open_payment(
    step: Step<'_>,
    amount: Money,
    intent: &Intent,
    opening: &Opening,
    poll: NextPoll,
) -> Result<Recorded> {
    let payment = PaymentId::of(step.order);
    let event = PaymentOpened {
        order_id: step.order.clone(),
        payment_id: payment.clone(),
        pay_url: intent.pay_url.clone(),
    };
    let (event, unanswered) = match opening {
        Opening::Page => (pack(PaymentOpened::KIND, &event)?, None),
        Opening::Charging => (Vec::new(), None),
        Opening::Unanswered(charge) => (Vec::new(), Some(charge.to_string())),
    };
    let script = script!(emits "payment/open_payment" {
        order: step.order,
        payment,
        total: amount,
        intent: &intent.id,
        event,
        unanswered,
        looks: poll.polls,
        pause: poll.pause,
    });
    let keys = keys_of(&step);
    step.run(&keys, script).await
}

/// Packs the event that tells the order service how a charge ended.
fn processed(report: &ChargeReport, pay_url: Option<String>) -> Result<Vec<u8>> {
    let event = PaymentProcessed {
        order_id: report.order_id.clone(),
        payment_id: PaymentId::of(&report.order_id),
        payment_status: report.result,
        amount: report.amount,
        failure: report.failure.clone(),
        pay_url,
    };
    pack(PaymentProcessed::KIND, &event)
}

/// Records how a charge ended, as the provider reported it. After a failed one the payment can be
/// tried again, so the provider is polled in `pause`.
pub async fn record_charge(
    step: Step<'_>,
    report: &ChargeReport,
    pay_url: Option<String>,
    proof: Proof,
    pause: Duration,
) -> Result<Recorded> {
    let script = script!(emits "payment/record_charge" {
        order: step.order,
        result: match report.result {
            ChargeStatus::Succeeded => "succeeded",
            ChargeStatus::Failed | ChargeStatus::Canceled => "failed",
        },
        report: report.charge_id.as_ref().unwrap_or(&report.event_id),
        payment: PaymentId::of(step.order),
        intent: &report.intent_id,
        captured: report.amount,
        event: processed(report, pay_url)?,
        proof: match proof {
            Proof::Signature => "signature",
            Proof::Provider => "provider",
        },
        pause,
    });
    let keys = keys_of(&step);
    step.run(&keys, script).await
}

/// Records that the order ended unpaid and the provider voided `intent`; `None` when none was opened.
///
/// `poll`: a charge is still in progress, which the provider could not void, so its outcome must be
/// polled.
pub async fn void_payment(
    step: Step<'_>,
    intent: Option<&str>,
    poll: Option<NextPoll>,
) -> Result<Recorded> {
    let script = script!(settles "payment/void_payment" {
        payment: PaymentId::of(step.order),
        order: step.order,
        intent,
        looks: poll.map_or(0, |poll| poll.polls),
        pause: poll.map_or(Duration::ZERO, |poll| poll.pause),
    });
    let [payment, _, timers] = keys_of(&step);
    step.run(&[payment, timers], script).await
}

/// Records that the provider refunded `amount`.
pub async fn record_provider_refund(
    step: Step<'_>,
    refund: &str,
    amount: Money,
) -> Result<Recorded> {
    let event = PaymentRefunded {
        order_id: step.order.clone(),
        payment_id: PaymentId::of(step.order),
        amount,
    };
    let script = script!(emits "payment/record_provider_refund" {
        order: step.order,
        refund,
        refunded: amount.amount,
        event: pack(PaymentRefunded::KIND, &event)?,
    });
    let [payment, stream, _] = keys_of(&step);
    step.run(&[payment, stream], script).await
}
