//! The observer: facts about every published entry, and the rules they must obey.
//!
//! The server reports each change of its state here; no role reads any of it.

mod entries;
mod leases;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use super::server::Server;
use crate::{
    handler::Delivery,
    outcome::Outcome,
    protocol::model::{Id, Name, Receipt},
};

/// Place of an entry: the number of its stream, and its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) stream: usize,
    pub(super) id: Id,
}

/// A delivery of an entry to a consumer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct DeliveryId {
    pub(super) place: Place,
    pub(super) consumer: Name,
    pub(super) count: u64,
}

impl DeliveryId {
    /// A delivery as its handler knows it.
    pub(super) fn of(server: &Server, delivery: &Delivery) -> Self {
        let receipt = &delivery.receipt;
        let id = receipt.id.parse().expect("a stream id");
        Self {
            place: server.place(&receipt.stream, id),
            consumer: Arc::clone(&receipt.consumer),
            count: receipt.deliveries.into(),
        }
    }

    /// A delivery as a script call names it.
    pub(super) fn named(server: &Server, receipt: &Receipt) -> Self {
        Self {
            place: server.place(&receipt.stream, receipt.id),
            consumer: Arc::clone(&receipt.consumer),
            count: receipt.deliveries,
        }
    }
}

/// End of an entry's stay in a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// Acknowledged, in whatever way.
    Settled,
    DeadLetter,
    /// Delayed; the entry comes back through the inbox.
    Postponed,
}

/// History of one published entry over all its stays.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fact {
    pub(super) endings: u64,
    /// Changes that a step made: its state admits one.
    pub(super) effects: u64,
    records: u64,
    /// A third party deleted it.
    pub(super) deleted: bool,
    /// An answer reported that it was deleted while it was pending.
    pub(super) missed: bool,
    /// Whether it came back because its group was lost.
    pub(super) returned: bool,
}

/// An entry in one stream, from its arrival on.
#[derive(Clone, Copy, Debug)]
struct Stay {
    number: usize,
    over: bool,
    /// Reads and claims by all consumers.
    deliveries: u64,
    starts: u64,
    records: u64,
    /// Deliveries that had begun and were handed back by a drain.
    hand_backs: u64,
    /// Deliveries that were taken off the count again.
    uncounted: u64,
    /// Crashes that are forgiven because a lost group forgot the deliveries.
    forgiven: u64,
    /// Time from which on the parked entry may be claimed.
    due: Option<u64>,
}

/// The end of a handler's call, as the handler said it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    Done,
    Settled,
    Dead,
    Retry(Duration),
}

/// All facts, and the first rule that was broken.
#[derive(Debug, Default)]
pub(super) struct Observer {
    pub(super) facts: Vec<Fact>,
    stays: BTreeMap<Place, Stay>,
    /// Every delivery that the server made.
    deliveries: BTreeSet<DeliveryId>,
    /// Handlers at work, with their processes.
    active: Vec<(usize, DeliveryId)>,
    started: BTreeSet<DeliveryId>,
    said: BTreeMap<DeliveryId, Said>,
    /// Numbers of the errors that were recorded for deliveries.
    recorded: BTreeMap<DeliveryId, u64>,
    /// Entries that an operator claimed for consumers that may not know of them.
    stolen: BTreeMap<Place, Name>,
    /// Deliveries whose consumers know that they have lost them.
    known_lost: BTreeSet<DeliveryId>,
    /// Entries that a step settled and whose error histories are yet to be deleted.
    to_forget: BTreeSet<Place>,
    pub(super) broken: Option<String>,
}

impl Observer {
    /// Demands that a rule holds.
    pub(super) fn demand(&mut self, holds: bool, rule: impl FnOnce() -> String) {
        if !holds && self.broken.is_none() {
            self.broken = Some(rule());
        }
    }

    fn stay(&mut self, place: Place) -> &mut Stay {
        self.stays.get_mut(&place).expect("every entry is observed")
    }

    /// The fact about the entry that lies here.
    pub(super) fn fact(&mut self, place: Place) -> &mut Fact {
        let number = self.stays[&place].number;
        &mut self.facts[number]
    }

    fn is_returned(&self, place: Place) -> bool {
        self.facts[self.stays[&place].number].returned
    }

    pub(super) fn is_over(&self, place: Place) -> bool {
        self.stays[&place].over
    }

    /// The handler of this delivery has ended with `outcome`, `attempts` errors being recorded.
    pub(super) fn said(&mut self, id: &DeliveryId, attempts: u32, outcome: &Outcome) {
        let said = match outcome {
            Outcome::Settled => {
                if attempts > 0 {
                    self.to_forget.insert(id.place);
                }
                Said::Settled
            }
            Outcome::Done => Said::Done,
            Outcome::Dead { .. } => Said::Dead,
            Outcome::Retry { after, .. } => {
                let pause = super::settings::backoff().delay(attempts + 1);
                Said::Retry(after.unwrap_or(pause))
            }
        };
        self.said.insert(id.clone(), said);
        let lost = self.known_lost.contains(id);
        self.demand(!lost, || {
            format!("{id:?} went on though its consumer knew that it was lost")
        });
    }

    /// Handlers at work on deliveries that `rightful` confirms.
    pub(super) fn active_handlers(
        &self,
        place: Place,
        rightful: impl Fn(&DeliveryId) -> bool,
    ) -> usize {
        let active = self.active.iter();
        active
            .filter(|(_, id)| id.place == place && rightful(id))
            .count()
    }

    pub(super) fn forgot(&mut self, place: Place) {
        self.to_forget.remove(&place);
    }

    /// Demands at the end that everything is accounted for. Only a crash excuses a history that its
    /// consumer has left to the janitor.
    pub(super) fn close(&mut self, crashes: bool) {
        let forgets = crashes || self.to_forget.is_empty();
        let left = self.to_forget.first().copied();
        self.demand(forgets, || {
            format!("nothing has deleted the history of {left:?}")
        });
        for number in 0..self.facts.len() {
            let fact = self.facts[number];
            let settled = fact.endings == 1 || (fact.returned && fact.endings > 1);
            let missed = fact.deleted && (fact.missed || fact.returned);
            self.demand(settled || missed, || format!("entry {number}: {fact:?}"));
            self.demand(fact.effects <= 1, || {
                format!("entry {number} was handled twice: {fact:?}")
            });
        }
    }
}
