//! Commands, applied to the model and reported to the observer.

mod settling;
mod sweeps;
mod upkeep;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use redis::Value;
use tokio::time::Instant;

use super::{
    observer::{DeliveryId, Place},
    server::Server,
    settings::LEASE,
};
use crate::protocol::model::{Command, Id, Name, PARKING, Pending, Refused, ScriptCall};

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
                ScriptCall::Ack(receipts) => {
                    self.acknowledged(receipts, &before, &after);
                    self.lost(sender, receipts, &before, lost);
                }
                ScriptCall::Park(receipt, terms) => {
                    let receipts = std::slice::from_ref(receipt);
                    self.parked(sender, receipt, terms, &answer);
                    self.demand_fenced(receipts, &before, &after);
                    self.lost(sender, receipts, &before, lost);
                }
                ScriptCall::DeadLetter(receipt, letter) => {
                    let receipts = std::slice::from_ref(receipt);
                    self.buried(receipt, letter, &answer);
                    self.demand_fenced(receipts, &before, &after);
                    self.lost(sender, receipts, &before, lost);
                }
                ScriptCall::Renew(receipts) => {
                    self.demand_fenced(receipts, &before, &after);
                    self.lost(sender, receipts, &before, lost);
                    self.miss_deleted(&before, &after);
                }
                ScriptCall::Undo(receipt, _) => {
                    self.demand_fenced(std::slice::from_ref(receipt), &before, &after);
                    self.restored(&before, &after);
                }
                ScriptCall::Take(..) => self.delivered(&before, &after),
                ScriptCall::Reclaim(_) => {
                    self.demand_whole_sweeps(&before, &after);
                    self.delivered(&before, &after);
                }
                ScriptCall::Recover(..) => self.taken(&before, &after),
                ScriptCall::Takeover(_, consumer, ..) => {
                    self.demand_dead(consumer, &answer);
                    self.taken(&before, &after);
                }
                ScriptCall::Promote(..) => self.promoted(inbox, &entries[inbox]),
                ScriptCall::Trim(..) => self.trimmed(&entries),
                ScriptCall::Ensure(_, key, _) => self.ensured(key, &answer),
                ScriptCall::Replay(_)
                | ScriptCall::Discard(_)
                | ScriptCall::Checkpoint(..)
                | ScriptCall::Sweep(_)
                | ScriptCall::Lead(..)
                | ScriptCall::Drop(..) => {}
            },
            Command::Plain(words) => match &words[0][..] {
                b"XREADGROUP" => self.delivered(&before, &after),
                b"XACK" => self.skipped(&before, &after),
                b"HDEL" => self.forgot(&words[2..]),
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
    fn delivered(&mut self, before: &Snapshot, after: &Snapshot) {
        self.demand_within_limit(before, after);
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

    /// With a limit over all processes no read and no claim brings more in flight than that.
    fn demand_within_limit(&mut self, before: &Snapshot, after: &Snapshot) {
        let in_flight = |snapshot: &Snapshot| {
            let owners = snapshot.values().map(|pending| &*pending.owner);
            owners.filter(|owner| **owner != *PARKING).count()
        };
        let (now, limit) = (in_flight(after), self.settings.across);
        let within = limit.is_none_or(|limit| now <= limit.max(in_flight(before)));
        self.observer.demand(within, || {
            format!("{now} entries are in flight over all processes, limited to {limit:?}")
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
        Command::Plain(words) => matches!(&words[0][..], b"XREADGROUP" | b"XACK" | b"HDEL"),
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
