//! The scripts that give entries to consumers: take, reclaim, takeover.

use std::sync::Arc;

use super::{
    PARKING,
    ids::Id,
    server::{Model, Refused},
    service::Service,
    streams::{Blob, Fields, Name},
};

/// A claim of due entries.
#[derive(Clone, Debug)]
pub(crate) struct Reclaim {
    pub(crate) consumer: Name,
    pub(crate) lease: u64,
    pub(crate) count: usize,
    /// In flight over all processes; 0 for no limit.
    pub(crate) limit: usize,
    /// The streams, and where the sweep over each continues.
    pub(crate) places: Vec<(Name, Id)>,
}

/// A claimed entry.
#[derive(Clone, Debug)]
pub(crate) struct Claimed {
    /// Counted from 0.
    pub(crate) place: usize,
    pub(crate) id: Id,
    pub(crate) fields: Fields,
    pub(crate) deliveries: u64,
    pub(crate) history: Blob,
}

/// `RECOVERED`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Recovered {
    pub(crate) moved: usize,
    pub(crate) deleted: usize,
}

/// `CLAIMED`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reclaimed {
    pub(crate) cursors: Vec<Id>,
    pub(crate) claimed: Vec<Claimed>,
    pub(crate) lost: Vec<(usize, Id)>,
}

/// Answer of a takeover.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Takeover {
    Alive,
    Taken { moved: usize, lost: usize },
    Retired,
}

impl Model {
    /// `reclaim_entries.lua`
    pub(crate) fn reclaim(
        &mut self,
        service: &Service,
        ask: &Reclaim,
    ) -> Result<Reclaimed, Refused> {
        let group = &service.group;
        let mut count = ask.count;
        if ask.limit > 0 {
            let keys = ask.places.iter().map(|(key, _)| key);
            count = count.min(ask.limit.saturating_sub(self.in_flight(group, keys)?));
        }
        let mut answer = Reclaimed::default();
        for (place, (key, from)) in ask.places.iter().enumerate() {
            let mut cursor = *from;
            if count > 0 {
                if let Err(refused) = self.group(key, group) {
                    // What was claimed before is told; a later call finds the error alone.
                    if answer.claimed.is_empty() && answer.lost.is_empty() {
                        return Err(refused);
                    }
                    answer.cursors.push(cursor);
                    continue;
                }
                let now = self.now;
                let stream = self.stream_mut(key);
                let times = (ask.lease, now);
                let found = stream.claim_idle(group, &ask.consumer, times, (*from, count));
                cursor = found.cursor;
                for id in found.claimed {
                    answer
                        .claimed
                        .push(self.claimed(service, (place, key), id)?);
                    count -= 1;
                }
                answer
                    .lost
                    .extend(found.deleted.iter().map(|id| (place, *id)));
            }
            answer.cursors.push(cursor);
        }
        Ok(answer)
    }

    fn claimed(
        &self,
        service: &Service,
        (place, key): (usize, &Name),
        id: Id,
    ) -> Result<Claimed, Refused> {
        let deliveries = self.group(key, &service.group)?.pending[&id].count;
        let history = self.hash_get(&service.attempts, &format!("{key}/{id}"));
        Ok(Claimed {
            place,
            id,
            fields: Arc::clone(&self.streams[key].entries[&id]),
            deliveries,
            history: history.cloned().unwrap_or_default(),
        })
    }

    /// Pending entries of all consumers but the parking one.
    fn in_flight<'a>(
        &self,
        group: &str,
        keys: impl Iterator<Item = &'a Name>,
    ) -> Result<usize, Refused> {
        let mut load = 0;
        for key in keys {
            let found = self.group(key, group)?;
            load += found.pending.len() - found.load(PARKING);
        }
        Ok(load)
    }

    /// `take_slots.lua`
    pub(crate) fn take(
        &mut self,
        service: &Service,
        consumer: &Name,
        keys: &[Name],
        (limit, count): (usize, usize),
    ) -> Result<Vec<(usize, Id, Fields)>, Refused> {
        let group = &service.group;
        let load = self.in_flight(group, keys.iter())?;
        let mut room = count.min(limit.saturating_sub(load));
        let mut taken = Vec::new();
        for (place, key) in keys.iter().enumerate() {
            if room > 0 {
                let read = self.read(std::slice::from_ref(key), group, consumer, room)?;
                room -= read.len();
                let placed = read.into_iter().map(|(_, id, fields)| (place, id, fields));
                taken.extend(placed);
            }
        }
        Ok(taken)
    }

    /// `recover_entries.lua`
    pub(crate) fn recover(
        &mut self,
        service: &Service,
        (key, consumer): (&Name, &str),
        ids: &[Id],
        lease: u64,
    ) -> Result<Recovered, Refused> {
        let mut recovered = Recovered::default();
        for id in ids {
            let pending = &self.group(key, &service.group)?.pending;
            if pending.get(id).is_some_and(|it| *it.owner == *consumer) {
                let moved = self.make_due(key, &service.group, &[*id], lease)?.len();
                recovered.moved += moved;
                recovered.deleted += 1 - moved;
            }
        }
        Ok(recovered)
    }

    /// `take_over_entries.lua`
    pub(crate) fn takeover(
        &mut self,
        service: &Service,
        (key, consumer): (&Name, &str),
        lease: u64,
        limit: usize,
    ) -> Result<Takeover, Refused> {
        if self.get(&service.alive(consumer)).is_some() {
            return Ok(Takeover::Alive);
        }
        let ids = self.pending_of(key, &service.group, consumer, (Id::ZERO, limit))?;
        if ids.is_empty() {
            let gone = self
                .stream_mut(key)
                .delete_consumer(&service.group, consumer);
            self.destroyed += gone;
            return Ok(Takeover::Retired);
        }
        let moved = self.make_due(key, &service.group, &ids, lease)?.len();
        Ok(Takeover::Taken {
            moved,
            lost: ids.len() - moved,
        })
    }
}
