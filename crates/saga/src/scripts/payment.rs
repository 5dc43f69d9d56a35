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

/// `payment/open`: records the intent that was opened for an order. `charging`: a charge is under way.
pub fn open(books: &mut Books, call: Call<'_>, amount: i64, charging: bool) -> Answer {
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
    let opened = Answer::settling(Reply::Recorded);
    if charging {
        opened
    } else {
        opened.and(Event::PaymentOpened)
    }
}

/// `payment/record`: records how a charge ended.
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
        }
        Charge::Captured(amount) => {
            payment.status = Some(PaymentStatus::Succeeded);
            payment.captured = amount;
            payment.amount.get_or_insert(amount);
        }
    }
    payment.intent = Some(report.intent);
    Answer::settling(Reply::Recorded).and(Event::PaymentProcessed(report.charge))
}

/// `payment/void`: records that the order ended unpaid. `known`: the intent that the provider was told of.
pub fn void(books: &mut Books, call: Call<'_>, known: Option<Intent>) -> Answer {
    let payment = &mut books.orders[call.order].payment;
    let open = matches!(
        payment.status,
        None | Some(PaymentStatus::Open | PaymentStatus::Failed)
    );
    let appeared = open && payment.intent.is_some() && known.is_none();
    if appeared && !call.has(Mutation::VoidUnseen) {
        return Answer::of(Reply::Appeared);
    }
    if call.is_stale() {
        return Answer::of(Reply::Stale);
    }
    let voided = payment.status == Some(PaymentStatus::Voided);
    let names = voided && payment.intent.is_none() && known.is_some();
    if !open && (!names || call.has(Mutation::VoidUnnamed)) {
        return Answer::settling(Reply::Late);
    }
    payment.status = Some(PaymentStatus::Voided);
    payment.intent = payment.intent.or(known);
    Answer::settling(Reply::Recorded)
}

/// `payment/refund`: records that the provider has paid `amount` back.
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
