//! Handlers of the payment service. They call the provider between scripts, so any action may happen
//! between two of their steps, and they may crash there.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a service has nothing to do with most events"
)]

use crate::{
    event::{Charge, Event, Intent},
    provider::IntentState,
    scenario::{Card, Mutation, Scenario},
    scripts::{
        Reply,
        payment::{self, Opening, Report},
    },
    state::{Payment, PaymentStatus},
    world::{Entry, PaymentStep, Run, World},
};

/// Returns whether a handler would do more about an entry than wait for a retry.
pub(crate) fn can_begin(world: &World, scenario: &Scenario, entry: &Entry) -> bool {
    let payment = &world.state.orders[entry.order].payment;
    match entry.event {
        Event::OrderPaymentRequested { .. } => {
            payment.intent.is_some() || is_uncharged(payment, scenario)
        }
        _ => true,
    }
}

/// Returns whether the payment must not be charged any more.
fn is_uncharged(payment: &Payment, scenario: &Scenario) -> bool {
    payment.was_captured() || (payment.is_voided() && !scenario.has(Mutation::ChargeVoided))
}

/// Returns a report that was looked up at the provider.
const fn looked_up(charge: Charge, number: u8, intent: Intent) -> Report {
    Report {
        charge,
        number,
        intent,
        verified: true,
    }
}

/// Runs the first step: everything before the first call to the provider.
pub(crate) fn begin(world: &mut World, scenario: &Scenario, entry: &Entry) {
    let payment = &world.state.orders[entry.order].payment;
    let next = match entry.event {
        Event::OrderAwaitingPayment => return begin_opening(world, scenario, entry),
        Event::OrderRefundRequested => return begin_refund(world, scenario, entry),
        Event::ProviderCallback { report, charge, .. } => {
            let report = Report {
                verified: false,
                ..looked_up(charge, report, Intent::Ours)
            };
            let recorded = world.step(scenario, entry, |state, call| {
                payment::record_charge(state, call, report)
            });
            if recorded.reply == Reply::Doubtful {
                world.start(entry, PaymentStep::LookUpReport);
            }
            return;
        }
        Event::OrderPaymentRequested { .. } => {
            (!is_uncharged(payment, scenario)).then_some(PaymentStep::Charge)
        }
        Event::OrderRejected | Event::OrderCancelled | Event::PaymentPoll { .. }
            if payment.was_captured() =>
        {
            None
        }
        Event::OrderRejected | Event::OrderCancelled if payment.intent.is_none() => {
            Some(PaymentStep::RecordUnopened)
        }
        Event::OrderRejected | Event::OrderCancelled => Some(PaymentStep::Void),
        Event::PaymentPoll { .. } => payment.intent.map(|_| PaymentStep::Poll {
            voided: payment.is_voided(),
            unanswered: payment.unanswered,
        }),
        // The payment service receives no other message.
        _ => return world.dead_letter(entry),
    };
    match next {
        Some(next) => world.start(entry, next),
        None => world.settle(entry),
    }
}

fn begin_opening(world: &mut World, scenario: &Scenario, entry: &Entry) {
    let order = entry.order;
    let payment = &world.state.orders[order].payment;
    let redelivered = world.redelivered.contains(&order);
    let in_time = !world.overdue.contains(&order);
    let skip = !in_time && (!redelivered || scenario.has(Mutation::SkipOverdueOpening));
    if skip || (redelivered && payment.intent.is_some()) {
        world.settle(entry);
    } else if world.state.total(scenario, order) == 0 {
        let free = looked_up(Charge::Captured(0), 0, Intent::Free);
        world.step(scenario, entry, |state, call| {
            payment::record_charge(state, call, free)
        });
    } else {
        // Only a redelivery reads the payment before it opens the intent.
        let payable = in_time && (!redelivered || payment.status.is_none());
        world.start(entry, PaymentStep::Open { payable });
    }
}

fn begin_refund(world: &mut World, scenario: &Scenario, entry: &Entry) {
    let payment = &world.state.orders[entry.order].payment;
    match (payment.status, payment.intent) {
        (None, _) => world.dead_letter(entry),
        (Some(PaymentStatus::Succeeded), Some(Intent::Free)) => {
            world.step(scenario, entry, |state, call| {
                payment::record_provider_refund(state, call, 0)
            });
        }
        (Some(PaymentStatus::Succeeded), Some(_)) => {
            world.start(entry, PaymentStep::Refund);
        }
        (Some(_), _) => world.settle(entry),
    }
}

/// Returns the number and the card of the charge that a handler is about to make.
pub(crate) fn charge_of(scenario: &Scenario, run: &Run) -> Option<(u8, Card)> {
    let spec = &scenario.orders[run.entry.order];
    match run.next {
        PaymentStep::ChargeFirst | PaymentStep::RetryCharge(1) => spec.card.map(|card| (1, card)),
        PaymentStep::Charge | PaymentStep::RetryCharge(_) => spec.retry.map(|card| (2, card)),
        _ => None,
    }
}

/// Makes a charge: `made` by the provider or not, and `answered` by it or not.
pub(crate) fn charge(
    world: &mut World,
    scenario: &Scenario,
    run: &Run,
    made: bool,
    answered: bool,
) {
    let (entry, order) = (&run.entry, run.entry.order);
    let Some((attempt, card)) = charge_of(scenario, run) else {
        return world.dead_letter(entry);
    };
    if made {
        let new_key = scenario.has(Mutation::NoIdempotencyKeys);
        if let Some(report) = world.provider[order].charge(attempt, card, new_key) {
            world.emit(scenario, order, report);
        }
    }
    let next = match run.next {
        PaymentStep::ChargeFirst if answered => PaymentStep::RecordOpen(Opening::Charging),
        PaymentStep::ChargeFirst => PaymentStep::RecordOpen(Opening::Unanswered(attempt)),
        PaymentStep::Charge => PaymentStep::RecordCharge { attempt, answered },
        _ => PaymentStep::SchedulePoll(answered.then_some(attempt)),
    };
    world.start(entry, next);
}

/// Runs the next step of a handler, which was removed from the runs.
pub(crate) fn step(world: &mut World, scenario: &Scenario, run: &Run) {
    let (entry, order) = (&run.entry, run.entry.order);
    let intent = &mut world.provider[order];
    let next = match run.next {
        PaymentStep::Open { payable } => {
            let amount = if scenario.has(Mutation::ForgetDiscount) {
                scenario.orders[order].subtotal()
            } else {
                world.state.total(scenario, order)
            };
            intent.open(amount, scenario.has(Mutation::NoIdempotencyKeys));
            if payable && scenario.orders[order].card.is_some() {
                PaymentStep::ChargeFirst
            } else {
                PaymentStep::RecordOpen(Opening::Page)
            }
        }
        PaymentStep::ChargeFirst | PaymentStep::Charge | PaymentStep::RetryCharge(_) => {
            return charge(world, scenario, run, true, true);
        }
        PaymentStep::Void if intent.void() => PaymentStep::RecordVoid,
        PaymentStep::Void => PaymentStep::LookUpVoid,
        PaymentStep::LookUpVoid if intent.state == IntentState::Captured => {
            PaymentStep::RecordReport(Charge::Captured(intent.captured), u8::MAX)
        }
        PaymentStep::LookUpVoid => PaymentStep::RecordLateVoid,
        PaymentStep::LookUpReport => return look_up_report(world, run),
        PaymentStep::Poll { voided, unanswered } => {
            return poll(world, scenario, run, voided, unanswered);
        }
        PaymentStep::Refund => PaymentStep::RecordRefund(intent.refund()),
        PaymentStep::RecordOpen(_)
        | PaymentStep::RecordCharge { .. }
        | PaymentStep::RecordUnopened
        | PaymentStep::RecordVoid
        | PaymentStep::RecordLateVoid
        | PaymentStep::RecordReport(..)
        | PaymentStep::SchedulePoll(_)
        | PaymentStep::RecordRefund(_) => return record(world, scenario, run),
    };
    world.start(entry, next);
}

/// Looks the intent up of a doubtful callback.
fn look_up_report(world: &mut World, run: &Run) {
    let (entry, intent) = (&run.entry, &world.provider[run.entry.order]);
    match entry.event {
        Event::ProviderCallback { report, .. } if intent.state == IntentState::Captured => {
            let captured = Charge::Captured(intent.captured);
            world.start(entry, PaymentStep::RecordReport(captured, report));
        }
        Event::ProviderCallback {
            report,
            charge: Charge::Failed,
            ..
        } => world.start(entry, PaymentStep::RecordReport(Charge::Failed, report)),
        _ => world.dead_letter(entry),
    }
}

/// Looks an intent up because a poll is due.
fn poll(world: &mut World, scenario: &Scenario, run: &Run, voided: bool, unanswered: Option<u8>) {
    let (entry, intent) = (&run.entry, &world.provider[run.entry.order]);
    let failures = &world.state.orders[entry.order].payment.failures;
    let unrecorded = intent.failure.filter(|report| !failures.contains(report));
    let next = match (intent.state, unanswered, unrecorded) {
        // The provider has every intent that was recorded.
        (IntentState::Unopened, ..) => return world.dead_letter(entry),
        (IntentState::Cancelled, ..) => return world.settle(entry),
        (IntentState::Captured, ..) => {
            PaymentStep::RecordReport(Charge::Captured(intent.captured), u8::MAX)
        }
        (IntentState::Processing(_), ..) => PaymentStep::SchedulePoll(unanswered),
        (IntentState::Open, ..) if voided && scenario.has(Mutation::LeaveUnpaidIntent) => {
            return world.settle(entry);
        }
        (IntentState::Open, ..) if voided => PaymentStep::Void,
        (IntentState::Open, Some(attempt), _) => PaymentStep::RetryCharge(attempt),
        (IntentState::Open, None, Some(report)) => {
            PaymentStep::RecordReport(Charge::Failed, report)
        }
        (IntentState::Open, None, None) => PaymentStep::SchedulePoll(None),
    };
    world.start(entry, next);
}

/// Runs a step that is a script.
fn record(world: &mut World, scenario: &Scenario, run: &Run) {
    let (entry, order) = (&run.entry, run.entry.order);
    let amount = world.state.total(scenario, order);
    let result = world.step(scenario, entry, |state, call| match run.next {
        PaymentStep::RecordOpen(opening) => payment::open_payment(state, call, amount, opening),
        PaymentStep::RecordCharge { attempt, answered } => {
            payment::begin_charge(state, call, attempt, answered)
        }
        PaymentStep::SchedulePoll(answered) => payment::schedule_poll(state, call, answered, true),
        PaymentStep::RecordUnopened => payment::void_payment(state, call, None, false),
        PaymentStep::RecordLateVoid => payment::void_payment(state, call, Some(Intent::Ours), true),
        PaymentStep::RecordRefund(amount) => payment::record_provider_refund(state, call, amount),
        PaymentStep::RecordReport(charge, number) => {
            payment::record_charge(state, call, looked_up(charge, number, Intent::Ours))
        }
        _ => payment::void_payment(state, call, Some(Intent::Ours), false),
    });
    // The order ended before its intent was recorded, or an intent was opened since the look-up.
    if matches!(result.reply, Reply::Ended | Reply::Appeared) {
        world.start(entry, PaymentStep::Void);
    }
}
