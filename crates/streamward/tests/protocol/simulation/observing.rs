//! Commands, applied to the model and reported to the observer.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use redis::Value;
use tokio::time::Instant;

use super::{
    observer::{DeliveryId, Ending, Place},
    server::Server,
    settings::LEASE,
};
use crate::protocol::model::{
    Command, Id, Letter, Name, PARKING, Pending, Receipt, Refused, ScriptCall, Terms,
};

/// Everything that is pending, before or after a command.
type Snapshot = BTreeMap<Place, Pending>;

impl Server {
    /// Applies a command that `sender` sent, and reports its effects.
    pub(super) fn observe(
        &mut self,
        sender: usize,
        command: &Command,
        lost: &mut Vec<(usize, DeliveryId)>,
    ) -> Result<Value, Refused> {
        if !is_watched(command) {
            return command.apply(&self.service, &mut self.model);
        }
        let before = self.snapshot();
        let inbox = self.streams.len() - 1;
        let entries: Vec<Vec<Id>> = self.streams.iter().map(|key| self.ids(key)).collect();
        let answer = command.apply(&self.service, &mut self.model)?;
        let after = self.snapshot();
        match command {
            Command::Script(call) => match call {
                ScriptCall::Ack(receipts) => self.acknowledged(receipts, &before, &after),
                ScriptCall::Park(receipt, terms) => {
                    self.parked(sender, receipt, terms, &answer);
                    self.demand_fenced(std::slice::from_ref(receipt), &before, &after);
                }
                ScriptCall::DeadLetter(receipt, letter) => {
                    self.buried(receipt, letter, &answer);
                    self.demand_fenced(std::slice::from_ref(receipt), &before, &after);
                }
                ScriptCall::Renew(receipts) => {
                    self.renewed(sender, receipts, (&before, &after), lost);
                }
                ScriptCall::Undo(receipt, _) => {
                    self.demand_fenced(std::slice::from_ref(receipt), &before, &after);
                    self.restored(&before, &after);
                }
                ScriptCall::Reclaim(_) | ScriptCall::Take(..) => {
                    self.delivered(sender, &before, &after);
                }
                ScriptCall::Takeover(..) | ScriptCall::Recover(..) => {
                    self.taken(&before, &after);
                }
                ScriptCall::Promote(..) => self.promoted(inbox, &entries[inbox]),
                ScriptCall::Trim(..) => self.trimmed(&entries),
                ScriptCall::Ensure(_, key) => self.ensured(key, &answer),
                ScriptCall::Replay(_)
                | ScriptCall::Discard(_)
                | ScriptCall::Checkpoint(..)
                | ScriptCall::Sweep(_)
                | ScriptCall::Lead(..) => {}
            },
            Command::Plain(words) => match &words[0][..] {
                b"XREADGROUP" => self.delivered(sender, &before, &after),
                b"XACK" => self.skipped(&before, &after),
                _ => {}
            },
            Command::Unloaded => {}
        }
        Ok(answer)
    }

    fn snapshot(&self) -> Snapshot {
        let groups = self.streams.iter().enumerate();
        let groups = groups.filter_map(|(stream, key)| {
            let group = self.model.group(key, &self.service.group).ok()?;
            Some((stream, group))
        });
        groups
            .flat_map(|(stream, group)| {
                let pending = group.pending.iter();
                pending.map(move |(id, pending)| (Place { stream, id: *id }, pending.clone()))
            })
            .collect()
    }

    fn ids(&self, key: &Name) -> Vec<Id> {
        let stream = self.model.streams.get(key);
        stream.map_or_else(Vec::new, |stream| stream.entries.keys().copied().collect())
    }

    fn is_there(&self, place: Place) -> bool {
        let stream = self.model.streams.get(&self.streams[place.stream]);
        stream.is_some_and(|stream| stream.entries.contains_key(&place.id))
    }

    /// Entries that left the pending list because they do not exist any more.
    fn miss_deleted(&mut self, before: &Snapshot, after: &Snapshot) {
        for place in before.keys().filter(|place| !after.contains_key(place)) {
            if !self.is_there(*place) {
                self.observer.missed(*place);
            }
        }
    }

    /// Entries came to a consumer, by a read or by a claim of due entries.
    fn delivered(&mut self, sender: usize, before: &Snapshot, after: &Snapshot) {
        let _ = sender;
        for (place, pending) in after {
            let known = before.get(place);
            if known.is_some_and(|known| known == pending) {
                continue;
            }
            self.observer.claimed(*place, self.model.now);
            self.demand_not_robbed(*place, known);
            self.observer.delivered(DeliveryId {
                place: *place,
                consumer: Arc::clone(&pending.owner),
                count: pending.count,
            });
        }
        self.miss_deleted(before, after);
    }

    /// Entries were made due by a takeover or a recovery.
    fn taken(&mut self, before: &Snapshot, after: &Snapshot) {
        for (place, pending) in after {
            let known = before.get(place);
            if known.is_some_and(|known| known != pending) {
                self.observer.moved(*place);
                self.demand_not_robbed(*place, known);
            }
        }
        self.miss_deleted(before, after);
        let destroyed = self.model.destroyed;
        self.observer.demand(destroyed == 0, || {
            format!("a consumer was deleted with {destroyed} pending entries")
        });
    }

    /// Liveness decides death, time alone never does: a process that has run undisturbed for a lease
    /// keeps the entries that it handles.
    fn demand_not_robbed(&mut self, place: Place, before: Option<&Pending>) {
        let Some(before) = before.filter(|before| *before.owner != *PARKING) else {
            return;
        };
        let since = self.undisturbed.get(&before.owner);
        let undisturbed =
            since.is_some_and(|since| since.elapsed() > LEASE + Duration::from_secs(7));
        let handled = self.observer.active_handlers(place, |id| {
            id.consumer == before.owner && id.count == before.count
        });
        self.observer.demand(!undisturbed || handled == 0, || {
            format!("{place:?} was taken from {}, which lives", before.owner)
        });
    }

    fn acknowledged(&mut self, receipts: &[Receipt], before: &Snapshot, after: &Snapshot) {
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
    fn demand_fenced(&mut self, receipts: &[Receipt], before: &Snapshot, after: &Snapshot) {
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

    fn parked(&mut self, sender: usize, receipt: &Receipt, terms: &Terms, answer: &Value) {
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
        if terms.record.is_empty() {
            let draining = self.draining.contains(&sender);
            self.observer.handed_back(&id, terms.count, draining);
        } else {
            let attempt = attempt_of(&terms.record);
            self.observer.recorded(&id, attempt, Some(terms.delay));
        }
    }

    fn buried(&mut self, receipt: &Receipt, letter: &Letter, answer: &Value) {
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

    fn renewed(
        &mut self,
        sender: usize,
        receipts: &[Receipt],
        (before, after): (&Snapshot, &Snapshot),
        lost: &mut Vec<(usize, DeliveryId)>,
    ) {
        self.demand_fenced(receipts, before, after);
        for receipt in receipts {
            let id = DeliveryId::named(self, receipt);
            if before.contains_key(&id.place) && !is_rightful(&id, before) {
                lost.push((sender, id));
            }
        }
        self.miss_deleted(before, after);
    }

    /// Entries of an unwanted type were acknowledged unseen.
    fn skipped(&mut self, before: &Snapshot, after: &Snapshot) {
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
    fn restored(&mut self, before: &Snapshot, after: &Snapshot) {
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

    fn promoted(&mut self, stream: usize, before: &[Id]) {
        let key = Arc::clone(&self.streams[stream]);
        for id in self.ids(&key) {
            if !before.contains(&id) {
                let fields = &self.model.streams[&key].entries[&id];
                let number = fields.iter().find(|(name, _)| name == "key");
                let number = number.and_then(|(_, value)| std::str::from_utf8(value).ok());
                let number = number.and_then(|value| value.parse().ok());
                let number = number.expect("entries are numbered");
                self.observer.arrived(Place { stream, id }, number);
            }
        }
    }

    fn trimmed(&mut self, before: &[Vec<Id>]) {
        for (stream, before) in before.iter().enumerate() {
            let left = self.ids(&self.streams[stream].clone());
            for id in before.iter().filter(|id| !left.contains(id)) {
                let place = Place { stream, id: *id };
                let over = self.observer.is_over(place);
                self.observer.demand(over, || {
                    format!("{place:?} was trimmed before it was settled")
                });
            }
        }
    }

    fn ensured(&mut self, key: &Name, answer: &Value) {
        let stream = self.streams.iter().position(|known| known == key);
        let (Some(stream), b"CREATED") = (stream, tag(answer)) else {
            return;
        };
        let start = self.model.group(key, &self.service.group);
        let start = start.map(|group| group.last).unwrap_or_default();
        if let Some(last) = self.destroyed[stream].take() {
            self.observer.group_restored(stream, (start, last));
        }
    }

    /// A process was frozen, cut off, or lost one of its roles: for some time it may be believed dead.
    pub(super) fn disturbed(&mut self, consumer: &Name) {
        self.undisturbed
            .insert(Arc::clone(consumer), Instant::now());
    }
}

/// Whether the command may change an entry or its owner.
fn is_watched(command: &Command) -> bool {
    match command {
        Command::Script(call) => !matches!(call, ScriptCall::Checkpoint(..) | ScriptCall::Lead(..)),
        Command::Plain(words) => matches!(&words[0][..], b"XREADGROUP" | b"XACK"),
        Command::Unloaded => false,
    }
}

fn is_rightful(id: &DeliveryId, before: &Snapshot) -> bool {
    let pending = before.get(&id.place);
    pending.is_some_and(|pending| pending.owner == id.consumer && pending.count == id.count)
}

fn tag(answer: &Value) -> &[u8] {
    match answer {
        Value::Array(parts) => match parts.first() {
            Some(Value::BulkString(tag)) => tag,
            _ => b"",
        },
        _ => b"",
    }
}

fn attempt_of(record: &str) -> u64 {
    let record: serde_json::Value = serde_json::from_str(record).expect("a record is JSON");
    record["attempt"].as_u64().expect("a record has a number")
}
