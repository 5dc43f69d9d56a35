//! The server: the model, with every call written into the books.

use std::sync::Arc;

use rand::{Rng, rngs::StdRng};

use super::{
    books::{Books, Ending, Place},
    policy::HEARTBEAT,
};
use crate::model::{Ensured, Id, Model, Name, PARKING, Receipt, Service};

/// A server with one service on it.
#[derive(Debug)]
pub(super) struct Server {
    pub(super) model: Model,
    pub(super) service: Service,
    /// What the service reads; the last one is its inbox.
    pub(super) streams: Vec<Name>,
    pub(super) books: Books,
    /// Up to where a group had delivered when it was destroyed.
    pub(super) destroyed: Vec<Option<Id>>,
}

impl Server {
    pub(super) fn new() -> Self {
        let service = Service::new("shipping");
        let streams = vec![service.stream("orders"), Arc::clone(&service.inbox)];
        let mut model = Model::default();
        model.now = 1_800_000_000_000;
        Self {
            destroyed: vec![None; streams.len()],
            model,
            service,
            streams,
            books: Books::default(),
        }
    }

    pub(super) fn now(&self) -> u64 {
        self.model.now
    }

    /// The entry's place, by the stream's key.
    pub(super) fn place(&self, receipt: &Receipt) -> Place {
        let stream = self.streams.iter().position(|key| *key == receipt.stream);
        Place {
            stream: stream.expect("a stream that is read"),
            id: receipt.id,
        }
    }

    /// A producer writes an entry of this type.
    pub(super) fn publish(&mut self, kind: &str, rng: &mut StdRng) {
        let stream = rng.random_range(0..self.streams.len());
        let number = self.books.facts.len();
        let fields = [("type", kind.to_owned()), ("key", number.to_string())];
        let fields = fields.map(|(name, value)| (name.to_owned(), value.into_bytes()));
        let added = self
            .model
            .add(&self.streams[stream], None, Arc::new(fields.into()));
        let id = added.expect("the server makes ids");
        self.books.facts.push(super::books::Fact::default());
        self.books.arrived(Place { stream, id }, number);
    }

    pub(super) fn say_alive(&mut self, consumer: &str) {
        let key = self.service.alive(consumer);
        self.model.set(key, "1", HEARTBEAT);
    }

    /// An answer names an entry that was deleted while it was pending.
    pub(super) fn miss(&mut self, place: Place) {
        let fact = self.books.fact(place);
        fact.missed = true;
        let deleted = fact.deleted;
        self.books.demand(deleted, || {
            format!("{place:?} is missed though nobody deleted it")
        });
    }

    /// A step script: it acknowledges before it writes anything, and changes only what its state
    /// admits.
    pub(super) fn step(&mut self, receipt: &Receipt) {
        let group = &self.service.group;
        let acknowledged = self
            .model
            .acknowledge(&receipt.stream, group, &[receipt.id]);
        if acknowledged == 1 {
            let place = self.place(receipt);
            self.books.ended(place, Ending::Settled);
            let fact = self.books.fact(place);
            fact.effects = fact.effects.max(1);
        }
    }

    /// Acknowledges what nobody wants.
    pub(super) fn skip(&mut self, stream: usize, id: Id) {
        let group = &self.service.group;
        if self.model.acknowledge(&self.streams[stream], group, &[id]) == 1 {
            self.books.ended(Place { stream, id }, Ending::Settled);
        }
    }

    pub(super) fn forget(&mut self, receipt: &Receipt) {
        self.model
            .hash_delete(&self.service.attempts, &receipt.field());
    }

    pub(super) fn ensure(&mut self, stream: usize) {
        let answer = self.model.ensure(&self.service, &self.streams[stream]);
        if let Ensured::Created(start) = answer
            && let Some(last) = self.destroyed[stream].take()
        {
            self.books.group_restored(stream, (start, last));
        }
    }

    pub(super) fn trim(&mut self, stream: usize, retention: u64) {
        let key = &self.streams[stream];
        let Some(found) = self.model.streams.get(key) else {
            return;
        };
        let before: Vec<Id> = found.entries.keys().copied().collect();
        let horizon = Id::new(self.model.now - retention, 0);
        self.model.trim(key, horizon, &self.service.group);
        let left = &self.model.streams[key].entries;
        for id in before.into_iter().filter(|id| !left.contains_key(id)) {
            let place = Place { stream, id };
            let over = self.books.is_over(place);
            self.books.demand(over, || {
                format!("{place:?} was trimmed before it was settled")
            });
        }
    }

    /// Everything pending: where, whose, how often delivered, and since when idle.
    pub(super) fn pending(&self) -> impl Iterator<Item = (Place, &Name, u64, u64)> {
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

    /// Whether a consumer other than the parking one is listed and does not live.
    pub(super) fn has_dead_consumers(&self) -> bool {
        let groups = self.streams.iter();
        let groups = groups.filter_map(|key| self.model.group(key, &self.service.group).ok());
        let mut consumers = groups.flat_map(|group| &group.consumers);
        consumers.any(|consumer| {
            **consumer != *PARKING && self.model.get(&self.service.alive(consumer)).is_none()
        })
    }

    /// Whether a history is left of an entry that its group has read. One that was deleted before a
    /// restored group came to it leaves its history until something newer is read.
    pub(super) fn has_old_histories(&self) -> bool {
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
