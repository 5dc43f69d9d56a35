//! Rules about entries: none is lost, none ends twice, and each ends for a reason.

use super::{DeliveryId, Ending, Fact, Observer, Place, Said, Stay};
use crate::protocol::{model::Id, simulation::settings::MAX_ATTEMPTS};

impl Observer {
    /// A new entry lies here.
    pub(in super::super) fn published(&mut self, place: Place) {
        self.facts.push(Fact::default());
        self.arrived(place, self.facts.len() - 1);
    }

    /// Entry `number` now lies here.
    pub(in super::super) fn arrived(&mut self, place: Place, number: usize) {
        let stay = Stay {
            number,
            over: false,
            deliveries: 0,
            starts: 0,
            records: 0,
            hand_backs: 0,
            uncounted: 0,
            forgiven: 0,
            due: None,
        };
        self.stays.insert(place, stay);
    }

    /// An answer names an entry that was deleted while it was pending.
    pub(in super::super) fn missed(&mut self, place: Place) {
        let fact = self.fact(place);
        fact.missed = true;
        let deleted = fact.deleted;
        self.demand(deleted, || {
            format!("{place:?} is missed though nothing deleted it")
        });
    }

    /// The stay of an entry ends.
    pub(in super::super) fn ended(&mut self, place: Place, ending: Ending) {
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

    /// The runtime acknowledged a delivery: its handler must have been done.
    pub(in super::super) fn acknowledged(&mut self, id: &DeliveryId) {
        let said = self.said.get(id).copied();
        self.demand(said == Some(Said::Done), || {
            format!("{id:?} was acknowledged, and its handler said {said:?}")
        });
        self.ended(id.place, Ending::Settled);
    }

    /// An error was recorded as number `attempt`, and the entry waits for `delay` unless it is dead.
    pub(in super::super) fn recorded(&mut self, id: &DeliveryId, attempt: u64, delay: Option<u64>) {
        let place = id.place;
        if self.recorded.insert(id.clone(), attempt) == Some(attempt) {
            // The answer was lost, the entry came back meanwhile, and the settler tried again.
            return;
        }
        self.stay(place).records += 1;
        let returned = self.is_returned(place);
        let fact = self.fact(place);
        fact.records += 1;
        let records = fact.records;
        self.demand(returned || attempt == records, || {
            format!("{place:?}: attempt {attempt} is error number {records}")
        });
        let last = attempt >= MAX_ATTEMPTS.into();
        self.demand(last == delay.is_none(), || {
            format!("{place:?}: attempt {attempt}, then {delay:?}")
        });
        if let (Some(Said::Retry(pause)), Some(delay)) = (self.said.get(id), delay) {
            let pause = pause.as_millis();
            self.demand(u128::from(delay) == pause, || {
                format!("{id:?} waits for {delay} ms instead of {pause} ms")
            });
        }
    }

    /// An entry became a dead letter without a recorded error and without a quarantine.
    pub(in super::super) fn given_up(&mut self, id: &DeliveryId) {
        let said = self.said.get(id).copied();
        self.demand(said == Some(Said::Dead), || {
            format!("{id:?} is a dead letter, and its handler said {said:?}")
        });
    }

    /// The entry waits in its place until then.
    pub(in super::super) fn parked(&mut self, place: Place, due: u64) {
        self.stay(place).due = Some(due);
    }

    /// A consumer gets the entry, by a claim of due entries.
    pub(in super::super) fn claimed(&mut self, place: Place, now: u64) {
        let due = self.stay(place).due.take();
        self.demand(due.is_none_or(|due| due <= now), || {
            format!("{place:?} was claimed at {now} and is due at {due:?}")
        });
    }

    /// The entry was moved by force: its clock is no longer the one it was parked with.
    pub(in super::super) fn moved(&mut self, place: Place) {
        self.stay(place).due = None;
    }

    /// The group of this stream, which had delivered up to `last`, goes on behind `start`.
    pub(in super::super) fn group_restored(&mut self, stream: usize, (start, last): (Id, Id)) {
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
            stay.forgiven = stay.starts + u64::from(MAX_ATTEMPTS);
        }
        self.demand(forgotten.is_none(), || {
            format!("{forgotten:?} was not settled, and its group goes on behind {start}")
        });
    }
}
