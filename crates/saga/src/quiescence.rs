//! Due polls, and whether a state of the model is quiescent: only people can still act.

use contracts::Service;

use crate::{
    event::{Event, Intent},
    payment_handler,
    provider::IntentState,
    scenario::Scenario,
    world::{Entry, World},
};

/// Returns whether a poll of the order's intent is due and would change anything. A poll without a new
/// result only schedules the next one, so the model omits it.
pub(crate) fn can_poll(world: &World, order: usize) -> bool {
    let (payment, intent) = (&world.state.orders[order].payment, &world.provider[order]);
    let unrecorded = |report| !payment.failures.contains(&report);
    let has_result = match intent.state {
        IntentState::Captured => true,
        IntentState::Open => {
            payment.is_voided()
                || payment.unanswered.is_some()
                || intent.failure.is_some_and(unrecorded)
        }
        IntentState::Processing(_) => payment.unanswered.is_some(),
        IntentState::Unopened | IntentState::Cancelled => false,
    };
    let in_time = world.faults.early_polls > 0 || !is_reporting(world, order);
    payment.poll && payment.intent == Some(Intent::Ours) && has_result && in_time
}

/// Returns whether a callback about the order's intent is pending.
fn is_reporting(world: &World, order: usize) -> bool {
    let callback = |event: &Event| matches!(event, Event::ProviderCallback { .. });
    world.is_pending(order, Service::Payment, callback)
}

/// Promotes the order's poll to the payment service's inbox.
pub(crate) fn fire_poll(world: &mut World, scenario: &Scenario, order: usize) {
    if is_reporting(world, order) {
        world.faults.early_polls -= 1;
    }
    world.state.orders[order].payment.poll = false;
    // Concurrent polls are distinct entries.
    let is_free = |which: &u8| {
        let poll = Event::PaymentPoll { which: *which };
        let same = |entry: &Entry| entry.order == order && entry.event == poll;
        !world.pending.iter().any(same) && !world.runs.iter().any(|run| same(&run.entry))
    };
    let which = (0..u8::MAX).find(is_free).unwrap_or(u8::MAX);
    world.emit(scenario, order, Event::PaymentPoll { which });
}

/// Returns whether every action that needs no person has happened.
pub(crate) fn is_quiescent(world: &World, scenario: &Scenario) -> bool {
    let progresses = |entry: &Entry| {
        entry.reader != Service::Payment || payment_handler::can_begin(world, scenario, entry)
    };
    let is_due = |order: usize| {
        world.state.orders[order].timeout
            || matches!(world.provider[order].state, IntentState::Processing(_))
            || can_poll(world, order)
    };
    world.runs.is_empty()
        && !world.pending.iter().any(progresses)
        && !(0..world.provider.len()).any(is_due)
}
