//! Commands that move entries through the delay queue, trim streams and restore groups.

use std::sync::Arc;

use redis::Value;

use super::tag;
use crate::protocol::{
    model::{Id, Name},
    simulation::{observer::Place, server::Server},
};

impl Server {
    /// Error histories of entries that a step settled were deleted.
    pub(super) fn forgot<W: AsRef<[u8]>>(&mut self, fields: &[W]) {
        for field in fields {
            let field = String::from_utf8_lossy(field.as_ref());
            let place = field.rsplit_once('/');
            let place = place.and_then(|(key, id)| Some(self.place(key, id.parse().ok()?)));
            self.observer
                .forgot(place.expect("a history is named by stream and id"));
        }
    }

    pub(super) fn promoted(&mut self, stream: usize, before: &[Id]) {
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

    pub(super) fn trimmed(&mut self, before: &[Vec<Id>]) {
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

    pub(super) fn ensured(&mut self, key: &Name, answer: &Value) {
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
}
