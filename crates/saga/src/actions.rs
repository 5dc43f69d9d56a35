//! What may happen next, and what becomes of the world then.

use contracts::{OrderStatus, Service};

use crate::{
    event::{Charge, Event, Intent},
    payment_run,
    provider::State,
    scripts::{
        Answer, Call, Gate,
        payment::{self, Report},
        requests,
    },
    services,
    shop::Shop,
    world::{Entry, Run, World},
};

/// One thing that happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// The customer places the order.
    Place(usize),
    /// The customer cancels it.
    Cancel(usize),
    /// The customer asks to pay with another card.
    PayAgain(usize),
    /// The customer pays on the provider's page.
    PayOnPage(usize),
    /// An administrator pays it back.
    PayBack(usize),
    /// A charge that was under way ends.
    ChargeEnds(usize),
    /// The order's time to pay passes.
    TimePasses(usize),
    /// Its reminder is due.
    Remind(usize),
    /// Its timeout is due.
    TimeOut(usize),
    /// A service handles an entry by one script.
    Handle(Entry),
    /// The payment service begins with an entry.
    Begin(Entry),
    /// A handler of the payment service takes its next step.
    Step(Run),
    /// It dies instead.
    Crash(Run),
    /// A callback is lost.
    Lose(Entry),
    /// A callback comes twice.
    Double(Entry),
    /// The payment service asks the provider about an intent of which it has heard nothing.
    Poll(usize),
}

/// Everything that may happen next.
pub fn possible(world: &World, shop: &Shop, actions: &mut Vec<Action>) {
    for order in 0..shop.wishes.len() {
        people(world, shop, order, actions);
        time(world, shop, order, actions);
    }
    let mut last = None;
    // Entries that say the same are the same.
    for entry in world
        .pending
        .iter()
        .filter(|one| last.replace(**one) != Some(**one))
    {
        if entry.reader != Service::Payment {
            actions.push(Action::Handle(*entry));
            continue;
        }
        let at_work = world.runs.iter().filter(|run| run.entry == *entry).count();
        let taken_over = world.trouble.takeovers > 0 && comes_again_in_time(world, shop, entry);
        let free = at_work == 0 || (at_work == 1 && taken_over);
        if free && payment_run::can_begin(world, shop, entry) {
            actions.push(Action::Begin(*entry));
        }
        if let Event::ProviderCallback { copy: 0, .. } = entry.event
            && at_work == 0
        {
            actions.extend((world.trouble.lost > 0).then_some(Action::Lose(*entry)));
            actions.extend((world.trouble.doubled > 0).then_some(Action::Double(*entry)));
        }
    }
    for run in &world.runs {
        actions.push(Action::Step(*run));
        let crash = world.trouble.crashes > 0 && comes_again_in_time(world, shop, &run.entry);
        actions.extend(crash.then_some(Action::Crash(*run)));
    }
}

/// Whether an entry that is handled now may be delivered once more.
fn comes_again_in_time(world: &World, shop: &Shop, entry: &Entry) -> bool {
    let overdue = world.overdue.contains(&entry.order);
    shop.trouble.late || !overdue || entry.event != Event::OrderAwaitingPayment
}

fn people(world: &World, shop: &Shop, order: usize, actions: &mut Vec<Action>) {
    let (book, people) = (&world.books.orders[order], shop.people);
    let open = [
        Some(OrderStatus::Placed),
        Some(OrderStatus::AwaitingPayment),
    ];
    let may = [
        (book.status.is_none(), Action::Place(order)),
        (
            people.cancel && open.contains(&book.status),
            Action::Cancel(order),
        ),
        (
            shop.wishes[order].retry.is_some()
                && book.retries == 0
                && book.status == Some(OrderStatus::AwaitingPayment)
                && !book.paid.is_some_and(crate::books::Paid::goes_back),
            Action::PayAgain(order),
        ),
        (
            people.page && world.accounts[order].state == State::Open,
            Action::PayOnPage(order),
        ),
        (
            people.refund
                && requests::refund(&mut world.books.clone(), shop, order).reply
                    == crate::scripts::Reply::Requested,
            Action::PayBack(order),
        ),
    ];
    actions.extend(
        may.into_iter()
            .filter(|(may, _)| *may)
            .map(|(_, action)| action),
    );
}

fn time(world: &World, shop: &Shop, order: usize, actions: &mut Vec<Action>) {
    let book = &world.books.orders[order];
    let overdue = world.overdue.contains(&order);
    let unheard = world.waits(order, Service::Payment, |event| {
        *event == Event::OrderAwaitingPayment
    });
    // The intent may be open, nobody has written that down, and its entry is still to come again.
    let orphaned = unheard && book.payment.intent.is_none() && world.again.contains(&order);
    let may = [
        (
            world.accounts[order].state == State::Processing,
            Action::ChargeEnds(order),
        ),
        (
            !overdue && (book.timeout || unheard) && (shop.trouble.late || !orphaned),
            Action::TimePasses(order),
        ),
        (shop.people.remind && book.reminder, Action::Remind(order)),
        (overdue && book.timeout, Action::TimeOut(order)),
        (world.can_poll(shop, order), Action::Poll(order)),
    ];
    actions.extend(
        may.into_iter()
            .filter(|(may, _)| *may)
            .map(|(_, action)| action),
    );
}

/// The world after `action`, which is possible.
pub fn apply(world: &World, shop: &Shop, action: &Action) -> World {
    let mut next = world.clone();
    happen(&mut next, shop, action);
    for (before, after) in world.books.orders.iter().zip(&next.books.orders) {
        if let (Some(before), Some(after)) = (before.status, after.status)
            && before != after
            && !before.may_become(after)
        {
            next.broken = Some("an order took a way that it may not take");
        }
    }
    next
}

fn happen(world: &mut World, shop: &Shop, action: &Action) {
    match action {
        Action::Place(order) => ask(world, shop, *order, requests::place),
        Action::Cancel(order) => ask(world, shop, *order, requests::cancel),
        Action::PayAgain(order) => ask(world, shop, *order, requests::pay),
        Action::PayBack(order) => ask(world, shop, *order, |books, order| {
            requests::refund(books, shop, order)
        }),
        Action::PayOnPage(order) | Action::ChargeEnds(order) => {
            let report = world.accounts[*order].capture();
            world.emit(shop, *order, report);
        }
        Action::TimePasses(order) => _ = world.overdue.insert(*order),
        Action::Remind(order) => {
            world.books.orders[*order].reminder = false;
            world.emit(shop, *order, Event::PaymentReminder);
        }
        Action::TimeOut(order) => {
            world.books.orders[*order].timeout = false;
            world.emit(shop, *order, Event::PaymentTimeout);
        }
        Action::Handle(entry) => services::handle(world, shop, entry),
        Action::Begin(entry) => {
            if world.runs.iter().any(|run| run.entry == *entry) {
                world.trouble.takeovers -= 1;
                world.come_again(entry);
            }
            payment_run::begin(world, shop, entry);
        }
        Action::Step(run) => {
            world.stop(run);
            payment_run::step(world, shop, run);
        }
        Action::Crash(run) => {
            world.trouble.crashes -= 1;
            world.stop(run);
            world.come_again(&run.entry);
        }
        Action::Lose(entry) => {
            world.trouble.lost -= 1;
            world.lost.insert(entry.order);
            world.settle(entry);
        }
        Action::Double(entry) => {
            world.trouble.doubled -= 1;
            if let Event::ProviderCallback { report, charge, .. } = entry.event {
                let copy = 1;
                let callback = Event::ProviderCallback {
                    report,
                    copy,
                    charge,
                };
                world.emit(shop, entry.order, callback);
            }
        }
        Action::Poll(order) => poll(world, shop, *order),
    }
}

fn ask(
    world: &mut World,
    shop: &Shop,
    order: usize,
    script: impl Fn(&mut crate::Books, usize) -> Answer,
) {
    for event in script(&mut world.books, order).events {
        world.emit(shop, order, event);
    }
}

/// Asking and writing down are one step here: what was captured stays captured.
fn poll(world: &mut World, shop: &Shop, order: usize) {
    let report = Report {
        charge: Charge::Captured(world.accounts[order].captured),
        number: u8::MAX,
        intent: Intent::Ours,
        asked: true,
    };
    let call = Call {
        shop,
        order,
        gate: Gate::Pending,
    };
    for event in payment::record(&mut world.books, call, report).events {
        world.emit(shop, order, event);
    }
}
