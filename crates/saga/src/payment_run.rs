//! The handlers of the payment service. They ask the provider, so anything may happen between two of
//! their steps, and they may die there.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a service has nothing to do with most events"
)]

use crate::{
    books::PaymentStatus,
    event::{Charge, Event, Intent},
    provider::State,
    scripts::{
        Reply,
        payment::{self, Opening, Report},
    },
    shop::{Card, Mutation, Shop},
    world::{Entry, Next, Run, World},
};

/// Whether a handler would do anything about an entry but wait and try again.
pub(crate) fn can_begin(world: &World, shop: &Shop, entry: &Entry) -> bool {
    let payment = &world.books.orders[entry.order].payment;
    match entry.event {
        Event::OrderPaymentRequested { .. } => {
            payment.intent.is_some() || ended(payment.status, shop)
        }
        _ => true,
    }
}

/// Whether nobody is to be charged any more.
fn ended(status: Option<PaymentStatus>, shop: &Shop) -> bool {
    match status {
        Some(PaymentStatus::Voided) => !shop.has(Mutation::ChargeVoided),
        Some(PaymentStatus::Succeeded | PaymentStatus::Refunded) => true,
        Some(PaymentStatus::Open | PaymentStatus::Failed) | None => false,
    }
}

/// The first step: whatever is done before the provider is asked for the first time.
pub(crate) fn begin(world: &mut World, shop: &Shop, entry: &Entry) {
    let payment = &world.books.orders[entry.order].payment;
    let (status, intent) = (payment.status, payment.intent);
    let captured = matches!(
        status,
        Some(PaymentStatus::Succeeded | PaymentStatus::Refunded)
    );
    match entry.event {
        Event::OrderAwaitingPayment => begin_opening(world, shop, entry),
        Event::OrderPaymentRequested { .. } if ended(status, shop) => world.settle(entry),
        Event::OrderPaymentRequested { .. } => go_on(world, entry, Next::Charge),
        Event::OrderRejected | Event::OrderCancelled | Event::PaymentPoll { .. } if captured => {
            world.settle(entry);
        }
        Event::OrderRejected | Event::OrderCancelled => {
            let unopened = intent.is_none();
            let next = if unopened {
                Next::NoteUnopened
            } else {
                Next::Void
            };
            go_on(world, entry, next);
        }
        Event::PaymentPoll { .. } if intent.is_none() => world.settle(entry),
        Event::PaymentPoll { .. } => {
            let voided = status == Some(PaymentStatus::Voided);
            let unanswered = payment.unanswered;
            go_on(world, entry, Next::Look { voided, unanswered });
        }
        Event::OrderRefundRequested => begin_refund(world, shop, entry),
        Event::ProviderCallback { report, charge, .. } => {
            let report = Report {
                charge,
                number: report,
                intent: Intent::Ours,
                asked: false,
            };
            let recorded = world.step(shop, entry, |books, call| {
                payment::record(books, call, report)
            });
            if recorded.reply == Reply::Doubtful {
                go_on(world, entry, Next::LookAtReport);
            }
        }
        // Nobody sends the payment service anything else.
        _ => world.die(entry),
    }
}

fn begin_opening(world: &mut World, shop: &Shop, entry: &Entry) {
    let order = entry.order;
    let payment = &world.books.orders[order].payment;
    let (again, in_time) = (
        world.again.contains(&order),
        !world.overdue.contains(&order),
    );
    let leave = !in_time && (!again || shop.has(Mutation::LeaveOverdue));
    if leave || (again && payment.intent.is_some()) {
        world.settle(entry);
    } else if world.books.total(shop, order) == 0 {
        let nothing = Report {
            charge: Charge::Captured(0),
            number: 0,
            intent: Intent::Free,
            asked: true,
        };
        world.step(shop, entry, |books, call| {
            payment::record(books, call, nothing)
        });
    } else {
        // Only a handler that knows of an earlier one looks how the payment stands.
        let payable = in_time && (!again || payment.status.is_none());
        go_on(world, entry, Next::Open { payable });
    }
}

fn begin_refund(world: &mut World, shop: &Shop, entry: &Entry) {
    let payment = &world.books.orders[entry.order].payment;
    match (payment.status, payment.intent) {
        (None, _) => world.die(entry),
        (Some(PaymentStatus::Succeeded), Some(Intent::Free)) => {
            world.step(shop, entry, |books, call| payment::refund(books, call, 0));
        }
        (Some(PaymentStatus::Succeeded), Some(_)) => go_on(world, entry, Next::Refund),
        (Some(_), _) => world.settle(entry),
    }
}

fn go_on(world: &mut World, entry: &Entry, next: Next) {
    let run = Run {
        entry: *entry,
        next,
    };
    let place = world.runs.partition_point(|other| *other < run);
    world.runs.insert(place, run);
}

/// Which of the order's charges a handler is about to make, and of which card.
pub(crate) fn charge_of(shop: &Shop, run: &Run) -> Option<(u8, Card)> {
    let wish = &shop.wishes[run.entry.order];
    match run.next {
        Next::ChargeFirst | Next::ChargeOnceMore(1) => wish.card.map(|card| (1, card)),
        Next::Charge | Next::ChargeOnceMore(_) => wish.retry.map(|card| (2, card)),
        _ => None,
    }
}

/// A charge: `made`, if the provider makes it, and `answered`, if it says so.
pub(crate) fn charge(world: &mut World, shop: &Shop, run: &Run, made: bool, answered: bool) {
    let (entry, order) = (&run.entry, run.entry.order);
    let Some((attempt, card)) = charge_of(shop, run) else {
        return world.die(entry);
    };
    if made {
        let fresh = shop.has(Mutation::FreshKeys);
        let report = world.accounts[order].charge(attempt, card, fresh);
        tell(world, shop, order, report);
    }
    let silent = (!answered).then_some(attempt);
    let next = match (run.next, silent) {
        (Next::ChargeFirst, None) => Next::NoteOpen(Opening::Charging),
        (Next::ChargeFirst, Some(attempt)) => Next::NoteOpen(Opening::Unanswered(attempt)),
        (Next::Charge, _) => Next::NoteCharge { attempt, answered },
        (_, None) => Next::NoteWait(Some(attempt)),
        (_, Some(_)) => Next::NoteWait(None),
    };
    go_on(world, entry, next);
}

/// The next step of a handler that is at work, which is no longer among the runs.
pub(crate) fn step(world: &mut World, shop: &Shop, run: &Run) {
    let (entry, order) = (&run.entry, run.entry.order);
    let account = &mut world.accounts[order];
    match run.next {
        Next::Open { payable } => {
            let amount = if shop.has(Mutation::ForgetDiscount) {
                shop.wishes[order].subtotal()
            } else {
                world.books.total(shop, order)
            };
            account.open(amount, shop.has(Mutation::FreshKeys));
            let next = if payable && shop.wishes[order].card.is_some() {
                Next::ChargeFirst
            } else {
                Next::NoteOpen(Opening::Page)
            };
            go_on(world, entry, next);
        }
        Next::ChargeFirst | Next::Charge | Next::ChargeOnceMore(_) => {
            charge(world, shop, run, true, true);
        }
        Next::Void => {
            let next = if account.void() {
                Next::NoteVoid
            } else {
                Next::LookAtVoid
            };
            go_on(world, entry, next);
        }
        Next::LookAtVoid => {
            let next = if account.state == State::Captured {
                Next::NoteReport(Charge::Captured(account.captured), u8::MAX)
            } else {
                Next::NoteUnvoided
            };
            go_on(world, entry, next);
        }
        Next::LookAtReport => look_at_report(world, run),
        Next::Look { voided, unanswered } => look(world, shop, run, voided, unanswered),
        Next::Refund => {
            let amount = account.refund();
            go_on(world, entry, Next::NoteRefund(amount));
        }
        Next::NoteOpen(_)
        | Next::NoteCharge { .. }
        | Next::NoteUnopened
        | Next::NoteVoid
        | Next::NoteUnvoided
        | Next::NoteReport(..)
        | Next::NoteWait(_)
        | Next::NoteRefund(_) => note(world, shop, run),
    }
}

/// A callback is not about what is known: the provider is asked.
fn look_at_report(world: &mut World, run: &Run) {
    let (entry, account) = (&run.entry, &world.accounts[run.entry.order]);
    match entry.event {
        Event::ProviderCallback { report, .. } if account.state == State::Captured => {
            let captured = Charge::Captured(account.captured);
            go_on(world, entry, Next::NoteReport(captured, report));
        }
        Event::ProviderCallback {
            report,
            charge: Charge::Failed,
            ..
        } => go_on(world, entry, Next::NoteReport(Charge::Failed, report)),
        _ => world.die(entry),
    }
}

/// Nothing was heard of a payment: the provider is asked.
fn look(world: &mut World, shop: &Shop, run: &Run, voided: bool, unanswered: Option<u8>) {
    let (entry, account) = (&run.entry, &world.accounts[run.entry.order]);
    let failures = &world.books.orders[entry.order].payment.failures;
    let news = account.failure.filter(|report| !failures.contains(report));
    let next = match (account.state, unanswered, news) {
        // It knows every intent that was noted.
        (State::Unopened, ..) => return world.die(entry),
        (State::Cancelled, ..) => return world.settle(entry),
        (State::Captured, ..) => Next::NoteReport(Charge::Captured(account.captured), u8::MAX),
        (State::Processing(_), ..) => Next::NoteWait(unanswered),
        (State::Open, ..) if voided && shop.has(Mutation::LeaveUnpaid) => {
            return world.settle(entry);
        }
        (State::Open, ..) if voided => Next::Void,
        (State::Open, Some(attempt), _) => Next::ChargeOnceMore(attempt),
        (State::Open, None, Some(report)) => Next::NoteReport(Charge::Failed, report),
        (State::Open, None, None) => Next::NoteWait(None),
    };
    go_on(world, entry, next);
}

/// The steps that are a script.
fn note(world: &mut World, shop: &Shop, run: &Run) {
    let (entry, order) = (&run.entry, run.entry.order);
    let amount = world.books.total(shop, order);
    let answer = world.step(shop, entry, |books, call| match run.next {
        Next::NoteOpen(opening) => payment::open(books, call, amount, opening),
        Next::NoteCharge { attempt, answered } => payment::charge(books, call, attempt, answered),
        Next::NoteWait(answered) => payment::wait(books, call, answered, true),
        Next::NoteUnopened => payment::void(books, call, None, false),
        Next::NoteUnvoided => payment::void(books, call, Some(Intent::Ours), true),
        Next::NoteRefund(amount) => payment::refund(books, call, amount),
        Next::NoteReport(charge, number) => {
            let report = Report {
                charge,
                number,
                intent: Intent::Ours,
                asked: true,
            };
            payment::record(books, call, report)
        }
        _ => payment::void(books, call, Some(Intent::Ours), false),
    });
    // The order ended before its intent was known, or an intent was opened since it was looked for.
    if matches!(answer.reply, Reply::Ended | Reply::Appeared) {
        go_on(world, entry, Next::Void);
    }
}

/// The provider reports how a charge ended.
fn tell(world: &mut World, shop: &Shop, order: usize, report: Option<Event>) {
    if let Some(report) = report {
        world.emit(shop, order, report);
    }
}
