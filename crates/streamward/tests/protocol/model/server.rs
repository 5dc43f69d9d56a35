//! The keys and the clock; plain commands on them.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    ids::Id,
    streams::{Blob, Claim, Fields, Group, Name, Stream},
};

/// Why a command is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The stream or the group is not there.
    NoGroup,
    /// The id is not beyond the last one.
    OldId,
    /// The script is not loaded.
    NoScript,
}

/// A value with a time to live.
#[derive(Clone, Debug)]
struct Mortal {
    value: String,
    until: u64,
}

/// A server.
#[derive(Clone, Debug, Default)]
pub(crate) struct Model {
    /// Unix milliseconds. Only its owner moves it.
    pub(crate) now: u64,
    pub(crate) streams: BTreeMap<Name, Stream>,
    pub(crate) hashes: BTreeMap<Name, BTreeMap<String, Blob>>,
    pub(crate) sorted: BTreeMap<Name, BTreeMap<String, u64>>,
    mortals: BTreeMap<String, Mortal>,
    /// Pending entries that went with their consumer: a server knows no alarm for it.
    pub(crate) destroyed: usize,
}

impl Model {
    /// XADD; without an id the server makes one.
    pub(crate) fn add(
        &mut self,
        key: &Name,
        id: Option<Id>,
        fields: Fields,
    ) -> Result<Id, Refused> {
        let now = Id::new(self.now, 0);
        let stream = self.stream_mut(key);
        let id = id.unwrap_or_else(|| now.max(stream.last.next()));
        if id <= stream.last {
            return Err(Refused::OldId);
        }
        stream.last = id;
        stream.entries.insert(id, fields);
        Ok(id)
    }

    /// XREADGROUP on several streams: nothing is read when one of the groups is missing.
    pub(crate) fn read(
        &mut self,
        keys: &[Name],
        group: &str,
        consumer: &Name,
        count: usize,
    ) -> Result<Vec<(usize, Id, Fields)>, Refused> {
        for key in keys {
            self.group(key, group)?;
        }
        let now = self.now;
        let mut read = Vec::new();
        for (number, key) in keys.iter().enumerate() {
            let stream = self.stream_mut(key);
            for id in stream.read(group, consumer, count, now) {
                read.push((number, id, Arc::clone(&stream.entries[&id])));
            }
        }
        Ok(read)
    }

    /// XACK.
    pub(crate) fn acknowledge(&mut self, key: &str, group: &str, ids: &[Id]) -> usize {
        let stream = self.streams.get_mut(key);
        stream.map_or(0, |stream| stream.acknowledge(group, ids))
    }

    /// XDEL.
    pub(crate) fn delete(&mut self, key: &str, id: Id) -> bool {
        let stream = self.streams.get_mut(key);
        stream.is_some_and(|stream| stream.entries.remove(&id).is_some())
    }

    /// XCLAIM, whoever has them.
    pub(crate) fn claim(
        &mut self,
        key: &Name,
        group: &str,
        (consumer, ids): (&Name, &[Id]),
        how: Claim,
    ) -> Result<Vec<Id>, Refused> {
        self.group(key, group)?;
        let now = self.now;
        let stream = self.stream_mut(key);
        Ok(stream.claim(group, consumer, ids, (how, now)))
    }

    /// XCLAIM for the parking consumer, due at once, deliveries unchanged.
    pub(crate) fn make_due(
        &mut self,
        key: &Name,
        group: &str,
        ids: &[Id],
        lease: u64,
    ) -> Result<Vec<Id>, Refused> {
        let how = Claim {
            idle: lease,
            retry_count: None,
            just_id: true,
        };
        self.claim(key, group, (&super::PARKING.into(), ids), how)
    }

    /// XCLAIM as an operator types it: the count goes up.
    pub(crate) fn steal(
        &mut self,
        key: &Name,
        group: &str,
        id: Id,
        (thief, idle): (&Name, u64),
    ) -> Result<Vec<Id>, Refused> {
        let how = Claim {
            idle,
            retry_count: None,
            just_id: false,
        };
        self.claim(key, group, (thief, &[id]), how)
    }

    /// XPENDING of one consumer: the first `count` ids from `from` on.
    pub(crate) fn pending_of(
        &self,
        key: &str,
        group: &str,
        consumer: &str,
        (from, count): (Id, usize),
    ) -> Result<Vec<Id>, Refused> {
        let all = self.group(key, group)?.pending.range(from..);
        let mine = all.filter(|(_, pending)| *pending.owner == *consumer);
        Ok(mine.take(count).map(|(id, _)| *id).collect())
    }

    /// XGROUP DESTROY.
    pub(crate) fn destroy_group(&mut self, key: &str, group: &str) -> Result<bool, Refused> {
        let stream = self.streams.get_mut(key).ok_or(Refused::NoGroup)?;
        Ok(stream.groups.remove(group).is_some())
    }

    /// The group, as far as a command would find it.
    pub(crate) fn group(&self, key: &str, group: &str) -> Result<&Group, Refused> {
        let stream = self.streams.get(key).ok_or(Refused::NoGroup)?;
        stream.groups.get(group).ok_or(Refused::NoGroup)
    }

    pub(crate) fn stream_mut(&mut self, key: &Name) -> &mut Stream {
        if !self.streams.contains_key(key) {
            self.streams.insert(Arc::clone(key), Stream::default());
        }
        self.streams.get_mut(key).expect("it is there now")
    }

    /// HGET.
    pub(crate) fn hash_get(&self, key: &str, field: &str) -> Option<&Blob> {
        self.hashes.get(key)?.get(field)
    }

    /// HSET.
    pub(crate) fn hash_set(&mut self, key: &Name, field: &str, value: Blob) {
        let hash = self.hashes.entry(Arc::clone(key)).or_default();
        hash.insert(field.to_owned(), value);
    }

    /// HDEL. Returns whether the field was there.
    pub(crate) fn hash_delete(&mut self, key: &str, field: &str) -> bool {
        let hash = self.hashes.get_mut(key);
        hash.is_some_and(|hash| hash.remove(field).is_some())
    }

    /// ZADD.
    pub(crate) fn schedule(&mut self, key: &Name, member: &str, score: u64) {
        let sorted = self.sorted.entry(Arc::clone(key)).or_default();
        sorted.insert(member.to_owned(), score);
    }

    /// SET PX.
    pub(crate) fn set(&mut self, key: String, value: &str, ttl: u64) {
        let mortal = Mortal {
            value: value.to_owned(),
            until: self.now + ttl,
        };
        self.mortals.insert(key, mortal);
    }

    /// GET.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        let mortal = self.mortals.get(key)?;
        (self.now < mortal.until).then_some(&*mortal.value)
    }

    /// DEL of a value with a time to live.
    pub(crate) fn forget(&mut self, key: &str) {
        self.mortals.remove(key);
    }
}
