//! `lua/payment`.

use super::{Call, Reply, ScriptResult};
use crate::{
    event::{Charge, Event, Intent},
    scenario::Mutation,
    state::{PaymentStatus, ShopState},
};

/// A report on a charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// Result of the charge.
    pub charge: Charge,
    /// Number of the report.
    pub number: u8,
    /// The intent.
    pub intent: Intent,
    /// Whether it was looked up at the provider, not only signed.
    pub verified: bool,
}

/// Way to pay a newly opened intent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Opening {
    /// The customer pays on the provider's page.
    Page,
    /// A charge is in progress.
    Charging,
    /// The charge of this number was not answered.
    Unanswered(u8),
}

/// `payment/open_payment`: records the opened intent.
pub fn open_payment(
    state: &mut ShopState,
    call: Call<'_>,
    amount: i64,
    opening: Opening,
) -> ScriptResult {
    let payment = &mut state.orders[call.order].payment;
    let ended = payment.is_voided() && payment.intent.is_none();
    if ended && !call.has(Mutation::ForgetEarlyVoid) {
        return ScriptResult::of(Reply::Ended);
    }
    if call.is_stale() {
        return ScriptResult::of(Reply::Stale);
    }
    payment.amount = Some(amount);
    if payment.status.is_some() {
        return ScriptResult::settling(Reply::Late);
    }
    payment.status = Some(PaymentStatus::Open);
    payment.intent = Some(Intent::Ours);
    payment.poll = !call.has(Mutation::ForgetPoll);
    let opened = ScriptResult::settling(Reply::Recorded);
    match opening {
        Opening::Page => return opened.and(Event::PaymentOpened),
        Opening::Charging => {}
        Opening::Unanswered(attempt) => payment.unanswered = Some(attempt),
    }
    opened
}

/// `payment/begin_charge`: records another charge, `answered` or not.
pub fn begin_charge(
    state: &mut ShopState,
    call: Call<'_>,
    attempt: u8,
    answered: bool,
) -> ScriptResult {
    let payment = &mut state.orders[call.order].payment;
    if call.is_stale() {
        return ScriptResult::of(Reply::Stale);
    }
    if !payment.is_open() {
        return ScriptResult::settling(Reply::Late);
    }
    if payment.unanswered.is_none_or(|noted| noted <= attempt) {
        payment.unanswered = (!answered).then_some(attempt);
    }
    payment.poll = !call.has(Mutation::ForgetPoll);
    ScriptResult::settling(Reply::Recorded)
}

/// `payment/schedule_poll`: schedules the next poll, unless it was the last (`again`), and records the
/// charge that was `answered`.
pub fn schedule_poll(
    state: &mut ShopState,
    call: Call<'_>,
    answered: Option<u8>,
    again: bool,
) -> ScriptResult {
    let payment = &mut state.orders[call.order].payment;
    if call.is_stale() {
        return ScriptResult::of(Reply::Stale);
    }
    let voided = payment.is_voided();
    let open = payment.is_open();
    if !voided && !open {
        return ScriptResult::settling(Reply::Late);
    }
    if voided || payment.unanswered == answered {
        payment.unanswered = None;
    }
    payment.poll |= again && !call.has(Mutation::ForgetPoll);
    ScriptResult::settling(Reply::Recorded)
}

/// `payment/record_charge`: records the result of a charge.
pub fn record_charge(state: &mut ShopState, call: Call<'_>, report: Report) -> ScriptResult {
    let payment = &mut state.orders[call.order].payment;
    let amount_fits = match report.charge {
        Charge::Captured(amount) => payment.amount == Some(amount),
        Charge::Failed => true,
    };
    let expected = payment.intent == Some(report.intent) && amount_fits;
    if !report.verified && !expected {
        return ScriptResult::of(Reply::Doubtful);
    }
    if call.is_stale() {
        return ScriptResult::of(Reply::Stale);
    }
    let captured = matches!(report.charge, Charge::Captured(_));
    if payment.was_captured() {
        let reply = if captured {
            Reply::Duplicate
        } else {
            Reply::Late
        };
        return ScriptResult::settling(reply);
    }
    let voided = payment.is_voided();
    match report.charge {
        Charge::Failed if payment.failures.contains(&report.number) => {
            return ScriptResult::settling(Reply::Duplicate);
        }
        Charge::Failed if voided => return ScriptResult::settling(Reply::Late),
        Charge::Captured(_) if voided && call.has(Mutation::IgnoreLateCapture) => {
            return ScriptResult::settling(Reply::Late);
        }
        Charge::Failed => {
            payment.status = Some(PaymentStatus::Failed);
            payment.failures.insert(report.number);
            payment.poll |= !call.has(Mutation::ForgetPoll);
        }
        Charge::Captured(amount) => {
            payment.status = Some(PaymentStatus::Succeeded);
            payment.captured = amount;
            payment.amount.get_or_insert(amount);
            payment.unanswered = None;
            payment.poll = false;
        }
    }
    payment.intent = Some(report.intent);
    ScriptResult::settling(Reply::Recorded).and(Event::PaymentProcessed(report.charge))
}

/// `payment/void_payment`: records that the order ended unpaid. `known`: the intent that was sent to the
/// provider; `poll`: the provider could not void it, so its charge is polled.
pub fn void_payment(
    state: &mut ShopState,
    call: Call<'_>,
    known: Option<Intent>,
    poll: bool,
) -> ScriptResult {
    let payment = &mut state.orders[call.order].payment;
    let open = payment.is_open();
    let appeared = open && payment.intent.is_some() && known.is_none();
    if appeared && !call.has(Mutation::VoidUnknownIntent) {
        return ScriptResult::of(Reply::Appeared);
    }
    if call.is_stale() {
        return ScriptResult::of(Reply::Stale);
    }
    let records_intent =
        payment.intent.is_none() && known.is_some() && !call.has(Mutation::VoidWithoutIntent);
    match payment.status {
        Some(PaymentStatus::Succeeded | PaymentStatus::Refunded) => {
            return ScriptResult::settling(Reply::Late);
        }
        Some(PaymentStatus::Voided) if !poll && !records_intent => {
            return ScriptResult::settling(Reply::Late);
        }
        Some(PaymentStatus::Voided | PaymentStatus::Open | PaymentStatus::Failed) | None => {}
    }
    payment.status = Some(PaymentStatus::Voided);
    payment.unanswered = None;
    if records_intent {
        payment.intent = known;
    }
    payment.poll = poll && !call.has(Mutation::ForgetPoll);
    ScriptResult::settling(Reply::Recorded)
}

/// `payment/record_provider_refund`: records the provider's refund of `amount`.
pub fn record_provider_refund(state: &mut ShopState, call: Call<'_>, amount: i64) -> ScriptResult {
    let payment = &mut state.orders[call.order].payment;
    if call.is_stale() {
        return ScriptResult::of(Reply::Stale);
    }
    if payment.status != Some(PaymentStatus::Succeeded) {
        return ScriptResult::settling(Reply::Late);
    }
    payment.status = Some(PaymentStatus::Refunded);
    payment.refunded = amount;
    ScriptResult::settling(Reply::Recorded).and(Event::PaymentRefunded)
}
