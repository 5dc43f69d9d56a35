//! A stream and its groups: what XADD, XREADGROUP, XACK, XCLAIM, XAUTOCLAIM do to them.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::ids::Id;

/// A name of a key, group or consumer.
pub(crate) type Name = Arc<str>;
/// Value of a field or a hash.
pub(crate) type Blob = Vec<u8>;
/// The fields of an entry, in their order.
pub(crate) type Fields = Arc<Vec<(String, Blob)>>;

/// A delivered and unsettled entry of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pending {
    pub(crate) owner: Name,
    /// When its idle clock started.
    pub(crate) since: u64,
    pub(crate) count: u64,
}

/// A consumer group.
#[derive(Clone, Debug, Default)]
pub(crate) struct Group {
    /// The last delivered id.
    pub(crate) last: Id,
    pub(crate) pending: BTreeMap<Id, Pending>,
    pub(crate) consumers: BTreeSet<Name>,
}

/// A stream.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stream {
    pub(crate) entries: BTreeMap<Id, Fields>,
    /// The last generated id.
    pub(crate) last: Id,
    pub(crate) groups: BTreeMap<Name, Group>,
}

/// Options of XCLAIM for clock and count.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Claim {
    pub(crate) idle: u64,
    pub(crate) retry_count: Option<u64>,
    pub(crate) just_id: bool,
}

/// Answer of XAUTOCLAIM.
#[derive(Debug)]
pub(crate) struct AutoClaimed {
    pub(crate) cursor: Id,
    pub(crate) claimed: Vec<Id>,
    pub(crate) deleted: Vec<Id>,
}

impl Group {
    /// Number of entries that are pending for `consumer`.
    pub(crate) fn load(&self, consumer: &str) -> usize {
        let mine = |pending: &&Pending| *pending.owner == *consumer;
        self.pending.values().filter(mine).count()
    }

    /// Up to where everything is settled.
    pub(crate) fn oldest(&self) -> Option<Id> {
        self.pending.keys().next().copied()
    }

    fn enlist(&mut self, consumer: &Name) {
        if !self.consumers.contains(consumer) {
            self.consumers.insert(Arc::clone(consumer));
        }
    }
}

impl Stream {
    /// Delivers what is new. Whoever reads when nothing is new is not even listed as a consumer.
    pub(crate) fn read(&mut self, group: &str, consumer: &Name, count: usize, now: u64) -> Vec<Id> {
        let Some(found) = self.groups.get_mut(group) else {
            return Vec::new();
        };
        let new = self.entries.range(found.last.next()..);
        let ids: Vec<Id> = new.take(count).map(|(id, _)| *id).collect();
        if !ids.is_empty() {
            found.enlist(consumer);
        }
        for id in &ids {
            let pending = Pending {
                owner: Arc::clone(consumer),
                since: now,
                count: 1,
            };
            found.pending.insert(*id, pending);
            found.last = *id;
        }
        ids
    }

    /// Settles; says how many were pending.
    pub(crate) fn acknowledge(&mut self, group: &str, ids: &[Id]) -> usize {
        let Some(found) = self.groups.get_mut(group) else {
            return 0;
        };
        let settled = ids.iter().filter(|id| found.pending.remove(id).is_some());
        settled.count()
    }

    /// XCLAIM with a minimum idle time of 0; returns what was moved. A pending entry whose entry is
    /// gone is dropped.
    pub(crate) fn claim(
        &mut self,
        group: &str,
        consumer: &Name,
        ids: &[Id],
        (how, now): (Claim, u64),
    ) -> Vec<Id> {
        let Self {
            entries, groups, ..
        } = self;
        let Some(found) = groups.get_mut(group) else {
            return Vec::new();
        };
        let mut moved = Vec::new();
        for id in ids {
            if !entries.contains_key(id) {
                found.pending.remove(id);
                continue;
            }
            let Some(pending) = found.pending.get_mut(id) else {
                continue;
            };
            pending.owner = Arc::clone(consumer);
            pending.since = now.checked_sub(how.idle).unwrap_or(now);
            pending.count = match how.retry_count {
                Some(count) => count,
                None => pending.count + u64::from(!how.just_id),
            };
            moved.push(*id);
        }
        if !moved.is_empty() {
            found.enlist(consumer);
        }
        moved
    }

    /// XAUTOCLAIM: looks at no more than ten times as many entries as it may claim, and counts what
    /// is deleted like what is claimed.
    pub(crate) fn claim_idle(
        &mut self,
        group: &str,
        consumer: &Name,
        (lease, now): (u64, u64),
        (from, count): (Id, usize),
    ) -> AutoClaimed {
        let Self {
            entries, groups, ..
        } = self;
        let mut answer = AutoClaimed {
            cursor: Id::ZERO,
            claimed: Vec::new(),
            deleted: Vec::new(),
        };
        let Some(found) = groups.get_mut(group) else {
            return answer;
        };
        for (looked, (id, pending)) in found.pending.range_mut(from..).enumerate() {
            if looked == count * 10 || answer.claimed.len() + answer.deleted.len() == count {
                answer.cursor = *id;
                break;
            }
            if !entries.contains_key(id) {
                answer.deleted.push(*id);
            } else if now - pending.since >= lease {
                pending.owner = Arc::clone(consumer);
                pending.since = now;
                pending.count += 1;
                answer.claimed.push(*id);
            }
        }
        for id in &answer.deleted {
            found.pending.remove(id);
        }
        if !answer.claimed.is_empty() {
            found.enlist(consumer);
        }
        answer
    }

    /// Deletes a consumer with everything that is pending for it; says how much that was.
    pub(crate) fn delete_consumer(&mut self, group: &str, consumer: &str) -> usize {
        let Some(found) = self.groups.get_mut(group) else {
            return 0;
        };
        let before = found.pending.len();
        found
            .pending
            .retain(|_, pending| *pending.owner != *consumer);
        found.consumers.remove(consumer);
        before - found.pending.len()
    }
}

/// A value as text, `""` for what is none.
pub(crate) fn text(value: &[u8]) -> &str {
    std::str::from_utf8(value).unwrap_or_default()
}
