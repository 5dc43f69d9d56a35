//! What may happen next, and what becomes of the world then.

use contracts::{OrderStatus, Service};

use crate::{
    books::Why,
    event::Event,
    payment_run,
    provider::State,
    scripts::{Answer, requests},
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
    /// A handler's charge is not answered, whether the provider has `made` it or not.
    Silence {
        /// The handler.
        run: Run,
        /// It has.
        made: bool,
    },
    /// Somebody lowers an intent's amount at the provider.
    Lower(usize),
    /// It is time to ask the provider about an intent.
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
        let free = at_work == 0 || (at_work == 1 && world.trouble.takeovers > 0);
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
        actions.extend((world.trouble.crashes > 0).then_some(Action::Crash(*run)));
        if world.trouble.silences > 0 && payment_run::charge_of(shop, run).is_some() {
            actions.extend([true, false].map(|made| Action::Silence { run: *run, made }));
        }
    }
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
                && book.status == Some(OrderStatus::AwaitingPayment),
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
    let may = [
        (
            matches!(world.accounts[order].state, State::Processing(_)),
            Action::ChargeEnds(order),
        ),
        (
            world.trouble.lowered > 0 && world.accounts[order].state == State::Open,
            Action::Lower(order),
        ),
        (
            !overdue && (book.timeout || unheard),
            Action::TimePasses(order),
        ),
        (shop.people.remind && book.reminder, Action::Remind(order)),
        (overdue && book.timeout, Action::TimeOut(order)),
        (world.can_poll(order), Action::Poll(order)),
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
        Action::Cancel(order) => ask(world, shop, *order, |books, order| {
            requests::cancel(books, order, Why::ByCustomer)
        }),
        Action::PayAgain(order) => ask(world, shop, *order, requests::pay),
        Action::PayBack(order) => ask(world, shop, *order, |books, order| {
            requests::refund(books, shop, order)
        }),
        Action::PayOnPage(order) => {
            let report = world.accounts[*order].capture();
            world.emit(shop, *order, report);
        }
        Action::ChargeEnds(order) => {
            if let Some(report) = world.accounts[*order].end() {
                world.emit(shop, *order, report);
            }
        }
        Action::Silence { run, made } => {
            world.trouble.silences -= 1;
            world.stop(run);
            payment_run::charge(world, shop, run, *made, false);
        }
        Action::Lower(order) => {
            world.trouble.lowered -= 1;
            world.accounts[*order].amount -= 1;
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
            world.settle(entry);
        }
        Action::Double(entry) => {
            world.trouble.doubled -= 1;
            double(world, shop, entry);
        }
        Action::Poll(order) => world.poll(shop, *order),
    }
}

fn double(world: &mut World, shop: &Shop, entry: &Entry) {
    if let Event::ProviderCallback { report, charge, .. } = entry.event {
        let callback = Event::ProviderCallback {
            report,
            copy: 1,
            charge,
        };
        world.emit(shop, entry.order, callback);
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
