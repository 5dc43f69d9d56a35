//! Calls that give entries to somebody, written into the books.

use std::sync::Arc;

use super::{books::Place, policy::LEASE, server::Server};
use crate::model::{Fields, Id, Name, Reclaim, Reclaimed, Refused, Takeover, field};

/// Entries as a read answers them.
pub(super) type Read = Vec<(usize, Id, Fields)>;

impl Server {
    pub(super) fn read(&mut self, consumer: &Name, count: usize) -> Result<Read, Refused> {
        let group = Arc::clone(&self.service.group);
        let read = self.model.read(&self.streams, &group, consumer, count)?;
        Ok(self.note_read(read))
    }

    pub(super) fn take(
        &mut self,
        consumer: &Name,
        limit: usize,
        count: usize,
    ) -> Result<Read, Refused> {
        let room = (limit, count);
        let read = self
            .model
            .take(&self.service, consumer, &self.streams, room)?;
        Ok(self.note_read(read))
    }

    fn note_read(&mut self, read: Read) -> Read {
        for (stream, id, _) in &read {
            self.books.delivered(Place {
                stream: *stream,
                id: *id,
            });
        }
        read
    }

    /// `order` says which stream is behind each place of the call.
    pub(super) fn reclaim(&mut self, ask: &Reclaim, order: &[usize]) -> Result<Reclaimed, Refused> {
        let answer = self.model.reclaim(&self.service, ask)?;
        for claim in &answer.claimed {
            let (stream, id) = (order[claim.place], claim.id);
            self.books.claimed(Place { stream, id }, self.model.now);
            self.books.delivered(Place { stream, id });
        }
        for (place, id) in &answer.lost {
            self.miss(Place {
                stream: order[*place],
                id: *id,
            });
        }
        Ok(answer)
    }

    pub(super) fn takeover(&mut self, stream: usize, consumer: &str) -> Result<Takeover, Refused> {
        let key = Arc::clone(&self.streams[stream]);
        let held = self.held_by(stream, consumer);
        let answer = self
            .model
            .takeover(&self.service, (&key, consumer), LEASE, 100)?;
        if answer != Takeover::Alive {
            self.note_moved(stream, &held);
        }
        let destroyed = self.model.destroyed;
        self.books.demand(destroyed == 0, || {
            format!("{consumer} was deleted with {destroyed} pending entries")
        });
        Ok(answer)
    }

    /// What recovery does with what it believes to be lost in its own process.
    pub(super) fn recover(
        &mut self,
        stream: usize,
        consumer: &str,
        ids: &[Id],
    ) -> Result<usize, Refused> {
        let (key, group) = (
            Arc::clone(&self.streams[stream]),
            Arc::clone(&self.service.group),
        );
        let pending = &self.model.group(&key, &group)?.pending;
        let held: Vec<Id> = ids
            .iter()
            .copied()
            .filter(|id| pending.get(id).is_some_and(|it| *it.owner == *consumer))
            .collect();
        let place = (&key, consumer);
        let recovered = self.model.recover(&self.service, place, ids, LEASE)?;
        self.note_moved(stream, &held);
        Ok(recovered.moved)
    }

    fn held_by(&self, stream: usize, consumer: &str) -> Vec<Id> {
        let all = (Id::ZERO, usize::MAX);
        let (key, group) = (&self.streams[stream], &self.service.group);
        self.model
            .pending_of(key, group, consumer, all)
            .unwrap_or_default()
    }

    /// These were pending and have been claimed for the parking consumer, as far as they exist.
    fn note_moved(&mut self, stream: usize, ids: &[Id]) {
        for id in ids {
            let place = Place { stream, id: *id };
            self.books.moved(place);
            if !self.model.streams[&self.streams[stream]]
                .entries
                .contains_key(id)
            {
                self.miss(place);
            }
        }
    }

    pub(super) fn promote(&mut self) -> Result<usize, Refused> {
        let stream = self.streams.len() - 1;
        let inbox = Arc::clone(&self.streams[stream]);
        let before = self.model.stream_mut(&inbox).last;
        let promoted = self.model.promote(&self.service, 100, "")?;
        for (id, fields) in self.model.streams[&inbox].entries.range(before.next()..) {
            let number = field(fields, "key").parse().expect("entries are numbered");
            self.books.arrived(Place { stream, id: *id }, number);
        }
        Ok(promoted.jobs)
    }

    /// XCLAIM by somebody who does not ask.
    pub(super) fn steal(&mut self, place: Place, thief: &Name) {
        let (key, group) = (
            Arc::clone(&self.streams[place.stream]),
            &self.service.group.clone(),
        );
        if self.model.steal(&key, group, place.id, (thief, 0)).is_ok() {
            self.note_moved(place.stream, &[place.id]);
            self.books.delivered(place);
        }
    }
}
