//! Commands that end, prolong or set aside a delivery: only its rightful owner may send them.

use redis::Value;

use super::{Snapshot, is_rightful, tag};
use crate::protocol::{
    model::{Letter, Receipt, Terms},
    simulation::{
        observer::{DeliveryId, Ending},
        server::Server,
        settings::LEASE,
    },
};

impl Server {
    pub(super) fn acknowledged(
        &mut self,
        receipts: &[Receipt],
        before: &Snapshot,
        after: &Snapshot,
    ) {
        self.demand_fenced(receipts, before, after);
        for receipt in receipts {
            let id = DeliveryId::named(self, receipt);
            if before.contains_key(&id.place)
                && !after.contains_key(&id.place)
                && is_rightful(&id, before)
            {
                self.observer.acknowledged(&id);
            }
        }
    }

    /// Only the rightful owner of an entry changes anything about it.
    pub(super) fn demand_fenced(
        &mut self,
        receipts: &[Receipt],
        before: &Snapshot,
        after: &Snapshot,
    ) {
        for receipt in receipts {
            let id = DeliveryId::named(self, receipt);
            self.observer.named(&id);
            let place = id.place;
            let changed = before.get(&place) != after.get(&place);
            // One entry may be named twice, under two counts.
            let rightful = receipts.iter().any(|receipt| {
                let id = DeliveryId::named(self, receipt);
                id.place == place && is_rightful(&id, before)
            });
            self.observer.demand(!changed || rightful, || {
                format!("{receipt:?} changed an entry of another consumer")
            });
        }
    }

    pub(super) fn parked(
        &mut self,
        sender: usize,
        receipt: &Receipt,
        terms: &Terms,
        answer: &Value,
    ) {
        let id = DeliveryId::named(self, receipt);
        let place = id.place;
        match tag(answer) {
            b"PARKED" => self.observer.parked(place, self.model.now + terms.delay),
            b"POSTPONED" => self.observer.ended(place, Ending::Postponed),
            b"DELETED" => return self.observer.missed(place),
            _ => return,
        }
        let lease = LEASE.as_millis();
        self.observer.demand(u128::from(terms.lease) == lease, || {
            format!("{id:?} is parked with a lease of {} ms", terms.lease)
        });
        let room = self.settings.room;
        self.observer.demand(terms.room == room as u64, || {
            format!("{id:?} is parked among {} instead of {room}", terms.room)
        });
        if terms.record.is_empty() {
            let draining = self.draining.contains(&sender);
            self.observer
                .handed_back(&id, (terms.count, terms.delay), draining);
        } else {
            let attempt = attempt_of(&terms.record);
            self.observer.recorded(&id, attempt, Some(terms.delay));
        }
    }

    pub(super) fn buried(&mut self, receipt: &Receipt, letter: &Letter, answer: &Value) {
        if tag(answer) != b"DEAD_LETTERED" {
            return;
        }
        let id = DeliveryId::named(self, receipt);
        let stream = self.model.streams.get(&receipt.stream);
        let entry = stream.and_then(|stream| stream.entries.get(&receipt.id));
        let whole = entry.is_none_or(|fields| *fields == letter.fields);
        self.observer
            .demand(whole, || format!("{id:?} is another one as a dead letter"));
        if !letter.record.is_empty() {
            let attempt = attempt_of(&letter.record);
            self.observer.recorded(&id, attempt, None);
        } else if letter.poison.is_empty() {
            self.observer.given_up(&id);
        } else {
            self.observer.quarantined(id.place);
        }
        self.observer.ended(id.place, Ending::DeadLetter);
    }

    /// The answer tells the sender which deliveries it has lost.
    pub(super) fn lost(
        &self,
        sender: usize,
        receipts: &[Receipt],
        before: &Snapshot,
        lost: &mut Vec<(usize, DeliveryId)>,
    ) {
        for receipt in receipts {
            let id = DeliveryId::named(self, receipt);
            if before.contains_key(&id.place) && !is_rightful(&id, before) {
                lost.push((sender, id));
            }
        }
    }

    /// Entries of an unwanted type were acknowledged unseen.
    pub(super) fn skipped(&mut self, before: &Snapshot, after: &Snapshot) {
        for place in before.keys().filter(|place| !after.contains_key(place)) {
            let stream = self.model.streams.get(&self.streams[place.stream]);
            let entry = stream.and_then(|stream| stream.entries.get(&place.id));
            let wanted = entry
                .is_some_and(|fields| fields.contains(&("type".to_owned(), b"Order".to_vec())));
            self.observer.demand(!wanted, || {
                format!("{place:?} was skipped, and the service wants it")
            });
            self.observer.ended(*place, Ending::Settled);
        }
    }

    /// A consumer undid its claim of an entry that it handles: the delivery count goes back.
    pub(super) fn restored(&mut self, before: &Snapshot, after: &Snapshot) {
        for (place, pending) in after {
            if before
                .get(place)
                .is_some_and(|known| known.count > pending.count)
            {
                self.observer.uncounted(*place);
            }
        }
        self.miss_deleted(before, after);
    }
}

fn attempt_of(record: &str) -> u64 {
    let record: serde_json::Value = serde_json::from_str(record).expect("a record is JSON");
    record["attempt"].as_u64().expect("a record has a number")
}
