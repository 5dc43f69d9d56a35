//! `lua/payment`.

use super::{Answer, Call, Reply};
use crate::{
    books::{Books, PaymentStatus},
    event::{Charge, Event, Intent},
    shop::Mutation,
};

/// A report about a charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Report {
    /// How the charge ended.
    pub charge: Charge,
    /// The provider's number of it.
    pub number: u8,
    /// The intent it is about.
    pub intent: Intent,
    /// The provider was asked; otherwise only its signature speaks for it.
    pub asked: bool,
}

/// What was done about the money when an intent was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Opening {
    /// The customer is sent to the provider's page.
    Page,
    /// A charge is under way.
    Charging,
    /// The order's charge of this number was not answered.
    Unanswered(u8),
}

/// `payment/open_payment`: records the intent that was opened for an order.
pub fn open(books: &mut Books, call: Call<'_>, amount: i64, opening: Opening) -> Answer {
    let payment = &mut books.orders[call.order].payment;
    let ended = payment.status == Some(PaymentStatus::Voided) && payment.intent.is_none();
    if ended && !call.has(Mutation::ForgetEarlyVoid) {
        return Answer::of(Reply::Ended);
    }
    if call.is_stale() {
        return Answer::of(Reply::Stale);
    }
    payment.amount = Some(amount);
    if payment.status.is_some() {
        return Answer::settling(Reply::Late);
    }
    payment.status = Some(PaymentStatus::Open);
    payment.intent = Some(Intent::Ours);
    payment.poll = !call.has(Mutation::ForgetPoll);
    let opened = Answer::settling(Reply::Recorded);
    match opening {
        Opening::Page => return opened.and(Event::PaymentOpened),
        Opening::Charging => {}
        Opening::Unanswered(attempt) => payment.unanswered = Some(attempt),
    }
    opened
}

/// `payment/begin_charge`: another charge was begun, or not `answered`.
pub fn charge(books: &mut Books, call: Call<'_>, attempt: u8, answered: bool) -> Answer {
    let payment = &mut books.orders[call.order].payment;
    if call.is_stale() {
        return Answer::of(Reply::Stale);
    }
    if !matches!(
        payment.status,
        Some(PaymentStatus::Open | PaymentStatus::Failed)
    ) {
        return Answer::settling(Reply::Late);
    }
    if payment.unanswered.is_none_or(|noted| noted <= attempt) {
        payment.unanswered = (!answered).then_some(attempt);
    }
    payment.poll = !call.has(Mutation::ForgetPoll);
    Answer::settling(Reply::Recorded)
}

/// `payment/schedule_poll`: the provider was asked in vain, but for the charge that it has `answered`; it is asked
/// `again`, or never.
pub fn wait(books: &mut Books, call: Call<'_>, answered: Option<u8>, again: bool) -> Answer {
    let payment = &mut books.orders[call.order].payment;
    if call.is_stale() {
        return Answer::of(Reply::Stale);
    }
    let voided = payment.status == Some(PaymentStatus::Voided);
    let open = matches!(
        payment.status,
        Some(PaymentStatus::Open | PaymentStatus::Failed)
    );
    if !voided && !open {
        return Answer::settling(Reply::Late);
    }
    if voided || payment.unanswered == answered {
        payment.unanswered = None;
    }
    payment.poll |= again && !call.has(Mutation::ForgetPoll);
    Answer::settling(Reply::Recorded)
}

/// `payment/record_charge`: records how a charge ended.
pub fn record(books: &mut Books, call: Call<'_>, report: Report) -> Answer {
    let payment = &mut books.orders[call.order].payment;
    let amount_fits = match report.charge {
        Charge::Captured(amount) => payment.amount == Some(amount),
        Charge::Failed => true,
    };
    let expected = payment.intent == Some(report.intent) && amount_fits;
    if !report.asked && !expected {
        return Answer::of(Reply::Doubtful);
    }
    if call.is_stale() {
        return Answer::of(Reply::Stale);
    }
    let captured = matches!(report.charge, Charge::Captured(_));
    if let Some(PaymentStatus::Succeeded | PaymentStatus::Refunded) = payment.status {
        let reply = if captured {
            Reply::Duplicate
        } else {
            Reply::Late
        };
        return Answer::settling(reply);
    }
    let voided = payment.status == Some(PaymentStatus::Voided);
    match report.charge {
        Charge::Failed if payment.failures.contains(&report.number) => {
            return Answer::settling(Reply::Duplicate);
        }
        Charge::Failed if voided => return Answer::settling(Reply::Late),
        Charge::Captured(_) if voided && call.has(Mutation::IgnoreLateCapture) => {
            return Answer::settling(Reply::Late);
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
    Answer::settling(Reply::Recorded).and(Event::PaymentProcessed(report.charge))
}

/// `payment/void_payment`: records that the order ended unpaid. `known`: the intent that the provider was told of;
/// `asking`: it could not void it, and is asked what became of its charge.
pub fn void(books: &mut Books, call: Call<'_>, known: Option<Intent>, asking: bool) -> Answer {
    let payment = &mut books.orders[call.order].payment;
    let open = matches!(
        payment.status,
        Some(PaymentStatus::Open | PaymentStatus::Failed)
    );
    let appeared = open && payment.intent.is_some() && known.is_none();
    if appeared && !call.has(Mutation::VoidUnseen) {
        return Answer::of(Reply::Appeared);
    }
    if call.is_stale() {
        return Answer::of(Reply::Stale);
    }
    let learns = payment.intent.is_none() && known.is_some() && !call.has(Mutation::VoidUnnamed);
    match payment.status {
        Some(PaymentStatus::Succeeded | PaymentStatus::Refunded) => {
            return Answer::settling(Reply::Late);
        }
        Some(PaymentStatus::Voided) if !asking && !learns => {
            return Answer::settling(Reply::Late);
        }
        Some(PaymentStatus::Voided | PaymentStatus::Open | PaymentStatus::Failed) | None => {}
    }
    payment.status = Some(PaymentStatus::Voided);
    payment.unanswered = None;
    if learns {
        payment.intent = known;
    }
    payment.poll = asking && !call.has(Mutation::ForgetPoll);
    Answer::settling(Reply::Recorded)
}

/// `payment/record_provider_refund`: records that the provider has paid `amount` back.
pub fn refund(books: &mut Books, call: Call<'_>, amount: i64) -> Answer {
    let payment = &mut books.orders[call.order].payment;
    if call.is_stale() {
        return Answer::of(Reply::Stale);
    }
    if payment.status != Some(PaymentStatus::Succeeded) {
        return Answer::settling(Reply::Late);
    }
    payment.status = Some(PaymentStatus::Refunded);
    payment.refunded = amount;
    Answer::settling(Reply::Recorded).and(Event::PaymentRefunded)
}
