//! Views of the server's state that the rules and the schedule of the world need.

use super::Server;
use crate::protocol::{
    model::{Id, Name, PARKING},
    simulation::observer::Place,
};

impl Server {
    /// Whether a read would return at once: with an entry, or because a group is missing.
    pub(in super::super) fn has_unread(&self) -> bool {
        self.streams.iter().any(|key| {
            let stream = self.model.streams.get(key);
            let last = stream.and_then(|stream| stream.entries.keys().next_back());
            let group = self.model.group(key, &self.service.group);
            group.map_or(true, |group| last.is_some_and(|last| *last > group.last))
        })
    }

    /// Everything that is pending: place, owner, delivery count, and start of the idle clock.
    pub(in super::super) fn pending(&self) -> impl Iterator<Item = (Place, &Name, u64, u64)> {
        let groups = self.streams.iter().enumerate();
        let groups = groups.filter_map(|(stream, key)| {
            let group = self.model.group(key, &self.service.group).ok()?;
            Some((stream, group))
        });
        groups.flat_map(|(stream, group)| {
            group.pending.iter().map(move |(id, pending)| {
                let place = Place { stream, id: *id };
                (place, &pending.owner, pending.count, pending.since)
            })
        })
    }

    /// Whether a consumer other than the parking one is listed and has no heartbeat.
    pub(in super::super) fn has_dead_consumers(&self) -> bool {
        let groups = self.streams.iter();
        let groups = groups.filter_map(|key| self.model.group(key, &self.service.group).ok());
        let mut consumers = groups.flat_map(|group| &group.consumers);
        consumers.any(|consumer| {
            **consumer != *PARKING && self.model.get(&self.service.alive(consumer)).is_none()
        })
    }

    /// Whether a history is left of an entry that its group has read. A history of an entry that was
    /// deleted before a restored group came to it stays until something newer is read.
    pub(in super::super) fn has_old_histories(&self) -> bool {
        let histories = self.model.hashes.get(&self.service.attempts);
        let mut fields = histories.into_iter().flat_map(|all| all.keys());
        fields.any(|field| {
            let place = field.rsplit_once('/');
            let (key, id) = place.expect("a history is named by stream and id");
            let id: Id = id.parse().expect("an id");
            let group = self.model.group(key, &self.service.group);
            group.is_ok_and(|group| id <= group.last)
        })
    }
}
