//! Payments and refunds. An order has one payment; the provider calls it an intent.

mod polling;
mod view;

use std::time::Duration;

use contracts::{
    Money, PaymentId, Service,
    event::{
        ChargeReport, ChargeStatus, Message, PaymentOpened, PaymentProcessed, PaymentRefunded,
    },
};
use streamward::{Envelope, Runtime, TraceParent, pack, publish};

pub use polling::{NextPoll, UnansweredCharge, begin_charge, schedule_poll};
pub use view::{PaymentView, find};

use crate::{Result, Step, keys, millis::millis, scripts, step::partition_of};

/// Result of recording a change of a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// The change is stored, and its event emitted.
    Recorded,
    /// The payment had gone on.
    Late,
    /// The same was recorded before.
    Duplicate,
    /// The order had ended before its intent was opened: the intent is to be voided. Not settled.
    Ended,
    /// An intent was opened meanwhile that the provider was not told of. Not settled.
    Appeared,
    /// The report does not match the stored intent; the provider must be polled. Not settled.
    Doubtful,
    /// The delivery was settled before.
    Stale,
}

/// Proof of a report about a charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The signature of the callback: enough for the intent and the amount that were asked for.
    Signature,
    /// The provider itself, which was asked about the intent.
    Provider,
}

fn read(reply: &streamward::Reply) -> Result<Recorded> {
    match reply.tag() {
        "OPENED" | "CHARGING" | "RECORDED" | "VOIDED" | "REFUNDED" => Ok(Recorded::Recorded),
        "WAITING" | "GIVEN_UP" => Ok(Recorded::Recorded),
        "ENDED" => Ok(Recorded::Ended),
        "APPEARED" => Ok(Recorded::Appeared),
        "LATE" => Ok(Recorded::Late),
        "DUPLICATE" => Ok(Recorded::Duplicate),
        "DOUBTFUL" => Ok(Recorded::Doubtful),
        "STALE" => Ok(Recorded::Stale),
        _ => Err(reply.unexpected()),
    }
}

/// An intent the provider opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// The provider's id.
    pub id: String,
    /// The provider's page for a person.
    pub pay_url: String,
}

/// State of the charge when an intent was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opening {
    /// The customer is to be sent to the provider's page.
    Page,
    /// A charge is under way.
    Charging,
    /// A charge was tried, and the provider did not answer.
    Unanswered(UnansweredCharge),
}

/// Records an opened intent, and when the provider is asked about it.
///
/// # Errors
/// [`streamward::Error`].
pub async fn open_payment(
    mut step: Step<'_>,
    amount: Money,
    intent: &Intent,
    opening: &Opening,
    asking: NextPoll,
) -> Result<Recorded> {
    let payment = PaymentId::of(step.order);
    let event = PaymentOpened {
        order_id: step.order.clone(),
        payment_id: payment.clone(),
        pay_url: intent.pay_url.clone(),
    };
    let (event, unanswered) = match opening {
        Opening::Page => (pack(PaymentOpened::KIND, &event)?, String::new()),
        Opening::Charging => (Vec::new(), String::new()),
        Opening::Unanswered(charge) => (Vec::new(), charge.to_string()),
    };
    let all = [
        keys::payment(step.partition, step.order),
        keys::stream(step.partition, Service::Payment),
        keys::payment_timers(step.partition),
    ];
    let reply = step
        .call(&scripts::OPEN_PAYMENT, &all)
        .arg(step.order.as_str())
        .arg(payment.as_str())
        .arg(amount.amount)
        .arg(amount.currency.as_str())
        .arg(&intent.id)
        .arg(&intent.pay_url)
        .arg(event)
        .arg(unanswered)
        .arg(asking.polls)
        .arg(asking.pause_ms())
        .run(&mut step.link)
        .await?;
    read(&reply)
}

/// Records how a charge ended, as the provider reported it. After one that failed, the payment can be
/// tried again, so the provider is asked about it in `pause`.
///
/// # Errors
/// [`streamward::Error`].
pub async fn record_charge(
    mut step: Step<'_>,
    report: &ChargeReport,
    pay_url: Option<String>,
    proof: Proof,
    pause: Duration,
) -> Result<Recorded> {
    let payment = PaymentId::of(step.order);
    let event = PaymentProcessed {
        order_id: step.order.clone(),
        payment_id: payment.clone(),
        payment_status: report.result,
        amount: report.amount,
        failure: report.failure.clone(),
        pay_url,
    };
    let all = [
        keys::payment(step.partition, step.order),
        keys::stream(step.partition, Service::Payment),
        keys::payment_timers(step.partition),
    ];
    let result = match report.result {
        ChargeStatus::Succeeded => "succeeded",
        ChargeStatus::Failed | ChargeStatus::Canceled => "failed",
    };
    let reply = step
        .call(&scripts::RECORD_CHARGE, &all)
        .arg(step.order.as_str())
        .arg(result)
        .arg(report.charge_id.as_ref().unwrap_or(&report.event_id))
        .arg(payment.as_str())
        .arg(&report.intent_id)
        .arg(report.amount.amount)
        .arg(report.amount.currency.as_str())
        .arg(pack(PaymentProcessed::KIND, &event)?)
        .arg(match proof {
            Proof::Signature => "signature",
            Proof::Provider => "provider",
        })
        .arg(millis(pause))
        .run(&mut step.link)
        .await?;
    read(&reply)
}

/// Records that the order ended unpaid and the provider was told to void `intent`.
///
/// There is no intent when nothing was opened. `asking`: a charge is still under way, which the provider could
/// not void, so it must be asked what became of it.
///
/// # Errors
/// [`streamward::Error`].
pub async fn void_payment(
    mut step: Step<'_>,
    intent: Option<&str>,
    asking: Option<NextPoll>,
) -> Result<Recorded> {
    let all = [
        keys::payment(step.partition, step.order),
        keys::payment_timers(step.partition),
    ];
    let reply = step
        .settle(&scripts::VOID_PAYMENT, &all)
        .arg(PaymentId::of(step.order).as_str())
        .arg(step.order.as_str())
        .arg(intent.unwrap_or(""))
        .arg(asking.map_or(0, |asking| asking.polls))
        .arg(asking.map_or(0, NextPoll::pause_ms))
        .run(&mut step.link)
        .await?;
    read(&reply)
}

/// Records that the provider paid `amount` back.
///
/// # Errors
/// [`streamward::Error`].
pub async fn record_provider_refund(
    mut step: Step<'_>,
    refund: &str,
    amount: Money,
) -> Result<Recorded> {
    let event = PaymentRefunded {
        order_id: step.order.clone(),
        payment_id: PaymentId::of(step.order),
        amount,
    };
    let all = [
        keys::payment(step.partition, step.order),
        keys::stream(step.partition, Service::Payment),
    ];
    let reply = step
        .call(&scripts::RECORD_PROVIDER_REFUND, &all)
        .arg(step.order.as_str())
        .arg(refund)
        .arg(amount.amount)
        .arg(pack(PaymentRefunded::KIND, &event)?)
        .run(&mut step.link)
        .await?;
    read(&reply)
}

/// Puts a verified callback of the provider into the payment service's inbox.
///
/// # Errors
/// [`streamward::Error`]; the callback is then not kept, and the provider must repeat it.
pub async fn receive_callback(
    runtime: &Runtime,
    callback: &ChargeReport,
    trace: TraceParent,
) -> Result<()> {
    let order = &callback.order_id;
    let inbox = partition_of(runtime, order)?.inbox(Service::Payment.name());
    let kind = (ChargeReport::KIND, ChargeReport::VERSION);
    let (mut link, envelope) = (runtime.server().link(), Envelope::next(trace));
    publish(&mut link, &inbox, kind, order.as_str(), &envelope, callback).await?;
    Ok(())
}
