//! The scripts that keep a service's keys in order: ensure, checkpoint, trim, sweep, lead.

use std::sync::Arc;

use super::{
    ids::Id,
    server::Model,
    service::Service,
    streams::{Group, Name, text},
};

/// Answer of a group check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ensured {
    Exists,
    Created(Id),
}

/// Answer of a candidacy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Leadership {
    Leads,
    Follows(String),
}

impl Model {
    /// `ensure_group.lua`
    pub(crate) fn ensure(&mut self, service: &Service, key: &Name, start: Id) -> Ensured {
        let kept = self.hash_get(&service.checkpoints, key);
        let kept: Option<Id> = kept.and_then(|kept| text(kept).parse().ok());
        let known = self.streams.contains_key(key);
        let stream = self.stream_mut(key);
        if stream.groups.contains_key(&service.group) {
            return Ensured::Exists;
        }
        // A checkpoint beyond the stream's end belongs to a stream that is gone.
        let start = if known {
            start.min(stream.last)
        } else {
            Id::ZERO
        };
        let kept = kept.filter(|kept| known && start < *kept && *kept <= stream.last);
        let start = kept.unwrap_or(start);
        let group = Group {
            last: start,
            ..Group::default()
        };
        stream.groups.insert(Arc::clone(&service.group), group);
        Ensured::Created(start)
    }

    /// `drop_group.lua`: whether the group was dropped; `None` when it is not there.
    pub(crate) fn drop_group(&mut self, service: &Service, key: &Name) -> Option<bool> {
        let stream = self.streams.get_mut(key)?;
        let group = stream.groups.get(&service.group)?;
        if group.oldest().is_some() {
            return Some(false);
        }
        let note = group.last.to_string().into_bytes();
        stream.groups.remove(&service.group);
        self.hash_set(&service.checkpoints, key, note);
        Some(true)
    }

    /// `save_checkpoint.lua`; `None` when the stream or the group is not there.
    pub(crate) fn checkpoint(&mut self, service: &Service, key: &Name) -> Option<Id> {
        let group = self.group(key, &service.group).ok()?;
        let settled = group.oldest().map_or(group.last, Id::before);
        let note = settled.to_string().into_bytes();
        self.hash_set(&service.checkpoints, key, note);
        Some(settled)
    }

    /// `trim_stream.lua`, on a server that keeps one entry per node, so that "whole nodes" is "all".
    pub(crate) fn trim(&mut self, key: &str, horizon: Id, own: &str) -> usize {
        let Some(stream) = self.streams.get_mut(key) else {
            return 0;
        };
        if !own.is_empty() && !stream.groups.contains_key(own) {
            return 0;
        }
        let settled = |group: &Group| group.oldest().unwrap_or(group.last);
        let slowest = stream.groups.values().map(settled).min();
        let keep_from = slowest.map_or(horizon, |slowest| slowest.min(horizon));
        let kept = stream.entries.split_off(&keep_from);
        std::mem::replace(&mut stream.entries, kept).len()
    }

    /// `sweep_attempts.lua`, on a hash that one look covers; says how many histories it forgot. What came back
    /// through the inbox has its history before anybody has read it.
    pub(crate) fn sweep(&mut self, service: &Service, keys: &[Name]) -> usize {
        let histories = self.hashes.get(&service.attempts);
        let fields = histories
            .into_iter()
            .flatten()
            .map(|(field, _)| field.clone());
        let fields: Vec<String> = fields.collect();
        let mut swept = 0;
        for field in fields {
            let Some((stream, id)) = field.rsplit_once('/') else {
                continue;
            };
            let (Some(key), Ok(id)) = (keys.iter().find(|key| ***key == *stream), id.parse())
            else {
                continue;
            };
            let group = self.group(key, &service.group);
            if group.is_ok_and(|group| id <= group.last && !group.pending.contains_key(&id)) {
                self.hash_delete(&service.attempts, &field);
                swept += 1;
            }
        }
        swept
    }

    /// `take_leadership.lua`
    pub(crate) fn lead(&mut self, key: &str, consumer: &str, ttl: u64) -> Leadership {
        let holder = self.get(key).map(str::to_owned);
        if ttl == 0 {
            if holder.as_deref() == Some(consumer) {
                self.forget(key);
                return Leadership::Follows(String::new());
            }
            return Leadership::Follows(holder.unwrap_or_default());
        }
        if let Some(holder) = holder.filter(|holder| holder != consumer) {
            return Leadership::Follows(holder);
        }
        self.set(key.to_owned(), consumer, ttl);
        Leadership::Leads
    }
}
