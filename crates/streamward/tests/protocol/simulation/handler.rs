//! The handler of the simulated service: it takes its time and ends in every possible way.

use std::{sync::Arc, time::Duration};

use rand::Rng;
use redis::Cmd;

use super::{
    observer::DeliveryId,
    server::Server,
    settings::LEASE,
    wire::{Shared, Wire, lock},
};
use crate::{
    consumer::Environment,
    handler::{Delivery, Handler, Inbound},
    message::Undecodable,
    outcome::{Cause, Outcome},
};

/// A message without contents.
#[derive(Debug)]
pub(super) struct Order;

impl Inbound for Order {
    fn wants(kind: &str) -> bool {
        kind != "Noise"
    }

    fn decode(kind: &str, _version: u32, _data: &[u8]) -> Result<Self, Undecodable> {
        match kind {
            "Order" => Ok(Self),
            other => Err(Undecodable::Broken(other.to_owned())),
        }
    }
}

/// The end that one call of the handler comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Plan {
    /// A step script settles.
    Step,
    Done,
    /// Retry after this time, or after the usual backoff.
    Retry(Option<Duration>),
    Dead,
    Panic,
}

/// The handler of one process.
pub(super) struct Service {
    pub(super) wire: Wire,
}

impl Handler for Service {
    type Message = Order;

    async fn handle(&self, _: Order, delivery: &Delivery) -> Outcome {
        let server = &self.wire.server;
        let id = DeliveryId::of(&lock(server), delivery);
        let running = Running {
            server: Arc::clone(server),
            id: id.clone(),
            process: self.wire.process,
        };
        lock(server).handler_starts(self.wire.process, &id);
        let (plan, takes) = plan(server);
        if takes > Duration::ZERO {
            tokio::time::sleep(takes).await;
        }
        let outcome = match plan {
            Plan::Step => self.step(delivery).await,
            Plan::Done => Outcome::Done,
            Plan::Retry(after) => Outcome::Retry {
                after,
                cause: Cause::new("not now"),
            },
            Plan::Dead => Outcome::dead(Cause::new("never")),
            // Without the message of a real panic.
            Plan::Panic => std::panic::resume_unwind(Box::new("a simulated panic")),
        };
        lock(server).observer.said(&id, delivery.attempts, &outcome);
        drop(running);
        outcome
    }
}

impl Service {
    /// Calls the step. Without an answer it calls again, or gives up for now.
    async fn step(&self, delivery: &Delivery) -> Outcome {
        let receipt = &delivery.receipt;
        let mut step = Cmd::new();
        step.arg("STEP").arg(&*receipt.stream).arg(&*receipt.group);
        step.arg(&receipt.id);
        while step.query_async::<()>(&mut self.wire.link()).await.is_err() {
            if lock(&self.wire.server).rng.random_bool(0.5) {
                return Outcome::retry(Cause::new("no answer"));
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Outcome::Settled
    }
}

/// Notes that the handler has ended, in whatever way.
struct Running {
    server: Shared,
    process: usize,
    id: DeliveryId,
}

impl Drop for Running {
    fn drop(&mut self) {
        lock(&self.server)
            .observer
            .handler_ends(self.process, &self.id);
    }
}

impl Server {
    /// A handler begins: of all handlers of its entry at most one may be the rightful one.
    fn handler_starts(&mut self, process: usize, id: &DeliveryId) {
        self.observer.handler_starts(process, id);
        let (key, group) = (&self.streams[id.place.stream], &self.service.group);
        let Ok(group) = self.model.group(key, group) else {
            return;
        };
        let Some(pending) = group.pending.get(&id.place.id) else {
            return;
        };
        let rightful = self.observer.active_handlers(id.place, |id| {
            id.consumer == pending.owner && id.count == pending.count
        });
        // A lost group forgets its deliveries: an entry may come to the same process again, with the
        // same count.
        let excused = self.observer.fact(id.place).returned;
        self.observer.demand(rightful <= 1 || excused, || {
            format!("{id:?} is rightfully handled {rightful} times at once")
        });
    }
}

fn plan(server: &Shared) -> (Plan, Duration) {
    let mut server = lock(server);
    let (calm, crowded) = (!server.chaos, server.settings.crowded);
    let rng = &mut server.rng;
    let up_to = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    let plan = match rng.random_range(0..100) {
        0..84 if crowded => Plan::Retry(Some(LEASE - Duration::from_secs(1))),
        0..35 => Plan::Step,
        35..60 => Plan::Done,
        60..78 => Plan::Retry(None),
        78..84 => {
            let after = rng.random_range(0..up_to(2 * LEASE));
            Plan::Retry(Some(Duration::from_millis(after)))
        }
        84..89 => Plan::Dead,
        89..97 => Plan::Panic,
        _ => Plan::Step,
    };
    let takes = match rng.random_range(0..40) {
        0 if !calm => 4 * up_to(LEASE),
        0..4 => rng.random_range(0..up_to(LEASE)),
        _ => rng.random_range(0..200),
    };
    (plan, Duration::from_millis(takes))
}
