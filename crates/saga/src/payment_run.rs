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
        payment::{self, Report},
    },
    shop::{Mutation, Shop},
    world::{Entry, Next, Run, World},
};

/// Whether a handler would do anything about an entry but wait and try again.
pub(crate) fn can_begin(world: &World, shop: &Shop, entry: &Entry) -> bool {
    let payment = &world.books.orders[entry.order].payment;
    match entry.event {
        Event::OrderPaymentRequested { .. } => {
            let voided = payment.status == Some(PaymentStatus::Voided);
            payment.intent.is_some() || (voided && !shop.has(Mutation::ChargeVoided))
        }
        _ => true,
    }
}

/// The first step: whatever is done before the provider is asked for the first time.
pub(crate) fn begin(world: &mut World, shop: &Shop, entry: &Entry) {
    match entry.event {
        Event::OrderAwaitingPayment => begin_opening(world, shop, entry),
        Event::OrderPaymentRequested { .. } => {
            match world.books.orders[entry.order].payment.intent {
                Some(Intent::Ours | Intent::Foreign) => go_on(world, entry, Next::Charge),
                Some(Intent::Free) | None => world.settle(entry),
            }
        }
        Event::OrderRejected | Event::OrderCancelled => {
            match world.books.orders[entry.order].payment.intent {
                Some(Intent::Ours | Intent::Foreign) => go_on(world, entry, Next::Void),
                Some(Intent::Free) | None => go_on(world, entry, Next::NoteUnopened),
            }
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
    let known = world.books.orders[order].payment.intent.is_some();
    if world.overdue.contains(&order) || (world.again.contains(&order) && known) {
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
        go_on(world, entry, Next::Open);
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

/// The next step of a handler that is at work, which is no longer among the runs.
pub(crate) fn step(world: &mut World, shop: &Shop, run: &Run) {
    let (entry, order) = (&run.entry, run.entry.order);
    let account = &mut world.accounts[order];
    match run.next {
        Next::Open => {
            let amount = if shop.has(Mutation::ForgetDiscount) {
                shop.wishes[order].subtotal()
            } else {
                world.books.total(shop, order)
            };
            let fresh = shop.has(Mutation::FreshKeys);
            let report = account.open(amount, shop.wishes[order].card, fresh);
            tell(world, shop, order, report);
            go_on(world, entry, Next::NoteOpen);
        }
        Next::Charge => {
            let report = shop.wishes[order]
                .retry
                .and_then(|card| account.charge(card));
            tell(world, shop, order, report);
            world.settle(entry);
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
                Next::NoteReport(Charge::Captured(account.captured))
            } else {
                Next::NoteVoid
            };
            go_on(world, entry, next);
        }
        Next::LookAtReport => {
            let charge = match entry.event {
                _ if account.state == State::Captured => Some(Charge::Captured(account.captured)),
                Event::ProviderCallback { charge, .. } => Some(charge),
                _ => None,
            };
            match charge {
                Some(charge) => go_on(world, entry, Next::NoteReport(charge)),
                None => world.die(entry),
            }
        }
        Next::Refund => {
            let amount = account.refund();
            go_on(world, entry, Next::NoteRefund(amount));
        }
        Next::NoteOpen
        | Next::NoteUnopened
        | Next::NoteVoid
        | Next::NoteReport(_)
        | Next::NoteRefund(_) => note(world, shop, run),
    }
}

/// The steps that are a script.
fn note(world: &mut World, shop: &Shop, run: &Run) {
    let (entry, order) = (&run.entry, run.entry.order);
    let amount = world.books.total(shop, order);
    let charging = shop.wishes[order].card.is_some();
    let number = match entry.event {
        Event::ProviderCallback { report, .. } => report,
        _ => u8::MAX,
    };
    let answer = world.step(shop, entry, |books, call| match run.next {
        Next::NoteOpen => payment::open(books, call, amount, charging),
        Next::NoteUnopened => payment::void(books, call, None),
        Next::NoteRefund(amount) => payment::refund(books, call, amount),
        Next::NoteReport(charge) => {
            let report = Report {
                charge,
                number,
                intent: Intent::Ours,
                asked: true,
            };
            payment::record(books, call, report)
        }
        // It is void at the provider, or will be when the charge that is under way has ended.
        _ => payment::void(books, call, Some(Intent::Ours)),
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
