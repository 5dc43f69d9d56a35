//! What really happened to every published entry, and whether it was allowed to.
//!
//! Nobody in the simulation reads these books but the judge.

use std::collections::BTreeMap;

use super::policy::{MAX_ATTEMPTS, MAX_CRASHES};
use crate::model::Id;

/// Where an entry lies: the number of its stream, and its id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) stream: usize,
    pub(super) id: Id,
}

/// How the stay of an entry in a stream ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// Acknowledged, by whatever way.
    Settled,
    Buried,
    /// It comes back through the inbox.
    Postponed,
}

/// What became of one published entry, over all its stays.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Fact {
    pub(super) endings: u64,
    /// Changes that a step made: its state admits one.
    pub(super) effects: u64,
    records: u64,
    /// A third party deleted it.
    pub(super) deleted: bool,
    /// An answer said that it was deleted while it was pending.
    pub(super) missed: bool,
    /// It came back because its group was lost.
    pub(super) returned: bool,
}

/// One entry in one stream, from its delivery on.
#[derive(Clone, Copy, Debug)]
struct Stay {
    number: usize,
    over: bool,
    /// Reads and claims, by whomever.
    deliveries: u64,
    starts: u64,
    records: u64,
    hand_backs: u64,
    /// Crashes that are forgiven because a lost group forgot the deliveries.
    forgiven: u64,
    /// When the parked entry may be claimed.
    due: Option<u64>,
}

/// The books.
#[derive(Debug, Default)]
pub(super) struct Books {
    pub(super) facts: Vec<Fact>,
    stays: BTreeMap<Place, Stay>,
    /// The first rule that was broken.
    pub(super) broken: Option<String>,
}

impl Books {
    /// A rule must hold.
    pub(super) fn demand(&mut self, holds: bool, rule: impl FnOnce() -> String) {
        if !holds && self.broken.is_none() {
            self.broken = Some(rule());
        }
    }

    /// Entry `number` now lies here.
    pub(super) fn arrived(&mut self, place: Place, number: usize) {
        let stay = Stay {
            number,
            over: false,
            deliveries: 0,
            starts: 0,
            records: 0,
            hand_backs: 0,
            forgiven: 0,
            due: None,
        };
        self.stays.insert(place, stay);
    }

    fn stay(&mut self, place: Place) -> &mut Stay {
        self.stays
            .get_mut(&place)
            .expect("every entry is in the books")
    }

    /// The number of the entry that lies here.
    pub(super) fn number(&self, place: Place) -> usize {
        self.stays[&place].number
    }

    /// The fact about the entry that lies here.
    pub(super) fn fact(&mut self, place: Place) -> &mut Fact {
        let number = self.number(place);
        &mut self.facts[number]
    }

    pub(super) fn is_over(&self, place: Place) -> bool {
        self.stays[&place].over
    }

    /// The server counts one more delivery.
    pub(super) fn delivered(&mut self, place: Place) {
        self.stay(place).deliveries += 1;
    }

    /// It is buried unseen because its handlers died: that must be so, and of all orderly hand-backs
    /// at most one may count.
    pub(super) fn quarantined(&mut self, place: Place) {
        let stay = *self.stay(place);
        let accounted = stay.records + stay.hand_backs.saturating_sub(1) + 1;
        let crashes = stay.deliveries.saturating_sub(accounted);
        let excused = self.fact(place).returned;
        self.demand(crashes >= MAX_CRASHES || excused, || {
            format!("{place:?} was quarantined after {crashes} crashes: {stay:?}")
        });
    }

    /// A handler begins.
    pub(super) fn started(&mut self, place: Place) {
        let stay = self.stay(place);
        stay.starts += 1;
        let accounted = stay.records + stay.hand_backs + stay.forgiven;
        let crashes = stay.starts.saturating_sub(accounted);
        self.demand(crashes <= MAX_CRASHES, || {
            format!("{place:?}: {crashes} deliveries started without an outcome")
        });
    }

    /// An error was recorded as number `attempt`.
    pub(super) fn recorded(&mut self, place: Place, attempt: u64) {
        self.stay(place).records += 1;
        let fact = self.fact(place);
        fact.records += 1;
        let (records, returned) = (fact.records, fact.returned);
        let few = attempt <= MAX_ATTEMPTS && (returned || records <= MAX_ATTEMPTS);
        self.demand(few, || {
            format!("{place:?}: attempt {attempt}, error number {records}")
        });
    }

    /// A delivery that had begun was handed back in good order.
    pub(super) fn handed_back(&mut self, place: Place) {
        self.stay(place).hand_backs += 1;
    }

    /// It is put aside in its place until then.
    pub(super) fn parked(&mut self, place: Place, due: u64) {
        self.stay(place).due = Some(due);
    }

    /// Somebody gets it, by a claim that waits for what is due.
    pub(super) fn claimed(&mut self, place: Place, now: u64) {
        let due = self.stay(place).due.take();
        self.demand(due.is_none_or(|due| due <= now), || {
            format!("{place:?} was claimed at {now} and is due at {due:?}")
        });
    }

    /// Somebody moved it by force: its clock is no longer the one it was parked with.
    pub(super) fn moved(&mut self, place: Place) {
        self.stay(place).due = None;
    }

    /// Its stay ends.
    pub(super) fn ended(&mut self, place: Place, ending: Ending) {
        let stay = self.stay(place);
        (stay.over, stay.due) = (true, None);
        if ending == Ending::Postponed {
            return;
        }
        let fact = self.fact(place);
        fact.endings += 1;
        let once = fact.endings == 1 || fact.returned;
        self.demand(once, || {
            format!("{place:?} ended a second time: {ending:?}")
        });
    }

    /// The group of this stream, which had delivered up to `last`, goes on behind `start`.
    pub(super) fn group_restored(&mut self, stream: usize, (start, last): (Id, Id)) {
        let mut forgotten = None;
        for (place, stay) in &mut self.stays {
            if place.stream != stream || place.id > last {
                continue;
            }
            if place.id <= start {
                let fact = self.facts[stay.number];
                if !stay.over && !fact.deleted {
                    forgotten = Some(*place);
                }
                continue;
            }
            self.facts[stay.number].returned = true;
            stay.over = false;
            stay.due = None;
            // Histories outlive a group, deliveries do not.
            stay.forgiven = stay.starts + MAX_ATTEMPTS;
        }
        self.demand(forgotten.is_none(), || {
            format!("{forgotten:?} was not settled, and its group goes on behind {start}")
        });
    }

    /// The end: everything is accounted for.
    pub(super) fn close(&mut self) {
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
