//! Transitions of the model: the possible actions, and the state after each.

use contracts::{OrderStatus, Service, event::CancelReason};

use crate::{
    event::Event,
    payment_handler,
    provider::IntentState,
    quiescence,
    scenario::Scenario,
    scripts::{Reply, ScriptResult, requests},
    state::ShopState,
    step_handlers,
    world::{Entry, Run, World},
};

/// An action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// The customer places the order.
    Place(usize),
    /// The customer cancels the order.
    Cancel(usize),
    /// The customer requests a charge of another card.
    RequestPayment(usize),
    /// The customer pays on the provider's page.
    PayOnPage(usize),
    /// An administrator requests a refund.
    RequestRefund(usize),
    /// A charge in progress ends.
    EndCharge(usize),
    /// The order's time to pay passes.
    PassDeadline(usize),
    /// The order's reminder is promoted.
    FireReminder(usize),
    /// The order's timeout is promoted.
    FireTimeout(usize),
    /// A service handles an entry by one script.
    Handle(Entry),
    /// The payment service starts to handle an entry.
    Begin(Entry),
    /// A handler of the payment service runs its next step.
    Step(Run),
    /// A handler of the payment service crashes.
    Crash(Run),
    /// A callback is lost.
    LoseCallback(Entry),
    /// A callback arrives twice.
    DuplicateCallback(Entry),
    /// A handler's charge is not answered, `made` by the provider or not.
    LeaveUnanswered {
        /// The handler.
        run: Run,
        /// Whether the provider made the charge.
        made: bool,
    },
    /// The intent's amount is lowered at the provider.
    LowerAmount(usize),
    /// A poll of the order's intent is promoted.
    FirePoll(usize),
}

/// Lists every possible action.
pub fn possible(world: &World, scenario: &Scenario, actions: &mut Vec<Action>) {
    for order in 0..scenario.orders.len() {
        let candidates = user_actions(world, scenario, order)
            .into_iter()
            .chain(timed_actions(world, scenario, order));
        actions.extend(candidates.filter_map(|(possible, action)| possible.then_some(action)));
    }
    let mut last = None;
    // Equal entries lead to equal states.
    for entry in world
        .pending
        .iter()
        .filter(|one| last.replace(**one) != Some(**one))
    {
        if entry.reader != Service::Payment {
            actions.push(Action::Handle(*entry));
            continue;
        }
        let running = world.runs.iter().filter(|run| run.entry == *entry).count();
        let free = running == 0 || (running == 1 && world.faults.takeovers > 0);
        if free && payment_handler::can_begin(world, scenario, entry) {
            actions.push(Action::Begin(*entry));
        }
        if let Event::ProviderCallback { copy: 0, .. } = entry.event
            && running == 0
        {
            let faults = &world.faults;
            let lose = (faults.lost_callbacks > 0).then_some(Action::LoseCallback(*entry));
            let duplicate = Action::DuplicateCallback(*entry);
            actions.extend(lose);
            actions.extend((faults.duplicate_callbacks > 0).then_some(duplicate));
        }
    }
    for run in &world.runs {
        actions.push(Action::Step(*run));
        actions.extend((world.faults.crashes > 0).then_some(Action::Crash(*run)));
        let charges = payment_handler::charge_of(scenario, run).is_some();
        if world.faults.unanswered_charges > 0 && charges {
            actions.extend([true, false].map(|made| Action::LeaveUnanswered { run: *run, made }));
        }
    }
}

fn user_actions(world: &World, scenario: &Scenario, order: usize) -> [(bool, Action); 5] {
    let (state, allowed) = (&world.state.orders[order], scenario.user_actions);
    let awaiting = state.status == Some(OrderStatus::AwaitingPayment);
    let unpaid = awaiting || state.status == Some(OrderStatus::Placed);
    let unretried = scenario.orders[order].retry.is_some() && state.retries == 0;
    let payable = world.provider[order].state == IntentState::Open;
    let refundable = || {
        let result = requests::request_refund(&mut world.state.clone(), scenario, order);
        result.reply == Reply::Requested
    };
    [
        (state.status.is_none(), Action::Place(order)),
        (allowed.cancel && unpaid, Action::Cancel(order)),
        (unretried && awaiting, Action::RequestPayment(order)),
        (allowed.pay_on_page && payable, Action::PayOnPage(order)),
        (allowed.refund && refundable(), Action::RequestRefund(order)),
    ]
}

fn timed_actions(world: &World, scenario: &Scenario, order: usize) -> [(bool, Action); 6] {
    let (state, intent) = (&world.state.orders[order], world.provider[order].state);
    let overdue = world.overdue.contains(&order);
    let unopened = world.is_pending(order, Service::Payment, |event| {
        *event == Event::OrderAwaitingPayment
    });
    let charging = matches!(intent, IntentState::Processing(_));
    let lowers = world.faults.lowered_amounts > 0 && intent == IntentState::Open;
    let passes = !overdue && (state.timeout || unopened);
    let reminds = scenario.user_actions.remind && state.reminder;
    [
        (charging, Action::EndCharge(order)),
        (lowers, Action::LowerAmount(order)),
        (passes, Action::PassDeadline(order)),
        (reminds, Action::FireReminder(order)),
        (overdue && state.timeout, Action::FireTimeout(order)),
        (quiescence::can_poll(world, order), Action::FirePoll(order)),
    ]
}

/// Returns the state after `action`, which must be possible.
pub fn apply(world: &World, scenario: &Scenario, action: &Action) -> World {
    let mut next = world.clone();
    perform(&mut next, scenario, action);
    for (before, after) in world.state.orders.iter().zip(&next.state.orders) {
        if let (Some(before), Some(after)) = (before.status, after.status)
            && before != after
            && !before.may_become(after)
        {
            next.broken = Some("an order made a transition that is not allowed");
        }
    }
    next
}

fn perform(world: &mut World, scenario: &Scenario, action: &Action) {
    match action {
        Action::Place(order) => request(world, scenario, *order, requests::place_order),
        Action::Cancel(order) => request(world, scenario, *order, |state, order| {
            requests::cancel_order(state, order, CancelReason::ByCustomer)
        }),
        Action::RequestPayment(order) => {
            request(world, scenario, *order, requests::request_payment);
        }
        Action::RequestRefund(order) => request(world, scenario, *order, |state, order| {
            requests::request_refund(state, scenario, order)
        }),
        Action::PayOnPage(order) => {
            let report = world.provider[*order].capture();
            world.emit(scenario, *order, report);
        }
        Action::EndCharge(order) => {
            if let Some(report) = world.provider[*order].end_charge() {
                world.emit(scenario, *order, report);
            }
        }
        Action::LeaveUnanswered { run, made } => {
            world.faults.unanswered_charges -= 1;
            world.stop(run);
            payment_handler::charge(world, scenario, run, *made, false);
        }
        Action::LowerAmount(order) => {
            world.faults.lowered_amounts -= 1;
            world.provider[*order].amount -= 1;
        }
        Action::PassDeadline(order) => _ = world.overdue.insert(*order),
        Action::FireReminder(order) => {
            world.state.orders[*order].reminder = false;
            world.emit(scenario, *order, Event::PaymentReminder);
        }
        Action::FireTimeout(order) => {
            world.state.orders[*order].timeout = false;
            world.emit(scenario, *order, Event::PaymentTimeout);
        }
        Action::Handle(entry) => step_handlers::handle(world, scenario, entry),
        Action::Begin(entry) => {
            if world.runs.iter().any(|run| run.entry == *entry) {
                world.faults.takeovers -= 1;
                world.redeliver(entry);
            }
            payment_handler::begin(world, scenario, entry);
        }
        Action::Step(run) => {
            world.stop(run);
            payment_handler::step(world, scenario, run);
        }
        Action::Crash(run) => {
            world.faults.crashes -= 1;
            world.stop(run);
            world.redeliver(&run.entry);
        }
        Action::LoseCallback(entry) => {
            world.faults.lost_callbacks -= 1;
            world.settle(entry);
        }
        Action::DuplicateCallback(entry) => {
            world.faults.duplicate_callbacks -= 1;
            duplicate_callback(world, scenario, entry);
        }
        Action::FirePoll(order) => quiescence::fire_poll(world, scenario, *order),
    }
}

fn duplicate_callback(world: &mut World, scenario: &Scenario, entry: &Entry) {
    if let Event::ProviderCallback { report, charge, .. } = entry.event {
        let copy = 1;
        let callback = Event::ProviderCallback {
            report,
            copy,
            charge,
        };
        world.emit(scenario, entry.order, callback);
    }
}

/// Runs a script that the API calls.
fn request(
    world: &mut World,
    scenario: &Scenario,
    order: usize,
    script: impl Fn(&mut ShopState, usize) -> ScriptResult,
) {
    for event in script(&mut world.state, order).events {
        world.emit(scenario, order, event);
    }
}
