//! The random words that calls are made of.

use std::sync::Arc;

use rand::{Rng, seq::IndexedRandom};

use super::{
    call::word,
    universe::{HOUR, Universe, words},
};
use crate::{
    keys::PARKING,
    protocol::model::{Blob, Fields, Id, Letter, Model, Name, Receipt, Reclaim, Service, Terms},
};

impl Universe {
    pub(super) fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from.choose(&mut self.rng)
            .expect("something to pick from")
            .clone()
    }

    pub(super) fn key(&mut self) -> Name {
        self.pick(&self.read.clone())
    }

    /// Streams in any order.
    pub(super) fn some_keys(&mut self) -> Vec<Name> {
        let count = self.rng.random_range(1..=self.read.len());
        self.read
            .choose_multiple(&mut self.rng, count)
            .cloned()
            .collect()
    }

    pub(super) fn consumer(&mut self) -> Name {
        self.pick(&self.consumers.clone())
    }

    /// A consumer, or the one that owns what is parked.
    pub(super) fn anybody(&mut self) -> Name {
        if self.rng.random_bool(0.2) {
            PARKING.into()
        } else {
            self.consumer()
        }
    }

    pub(super) fn either(&mut self) -> Service {
        let other = self.rng.random_bool(0.3);
        if other {
            self.other.clone()
        } else {
            self.service.clone()
        }
    }

    pub(super) fn group(&mut self) -> Name {
        self.either().group
    }

    /// Mostly an id that is pending or there, sometimes one that never was.
    pub(super) fn id(&mut self, model: &Model, key: &str) -> Id {
        let mut known = Vec::new();
        if let Some(stream) = model.streams.get(key) {
            known.extend(stream.entries.keys());
            let groups = stream.groups.values();
            known.extend(groups.flat_map(|group| group.pending.keys()));
        }
        if known.is_empty() || self.rng.random_bool(0.1) {
            return Id::new(self.rng.random_range(1..9), 0);
        }
        self.pick(&known)
    }

    pub(super) fn fields(&mut self) -> Fields {
        let number = self.written.to_string();
        let mut fields = vec![("type", "Order"), ("key", &*number)];
        if self.rng.random_bool(0.15) {
            fields.push(("retry.first", "3-3"));
            fields.push(("retry.attempts", "2"));
        }
        if self.rng.random_bool(0.15) {
            fields.push(("dead.first", "2-2"));
            fields.push(("dead.lineage", "1-1 2-2"));
        }
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.as_bytes().to_vec());
        Arc::new(fields.into_iter().map(owned).collect())
    }

    /// XADD with an explicit id, except where the scripts generate them; now and then one that is too
    /// old.
    pub(super) fn add(&mut self, key: &Name) -> Vec<Blob> {
        self.written += 1;
        let fields = self.fields();
        if *key == self.service.inbox {
            return Self::add_words(key, None, &fields);
        }
        let old = u64::from(self.rng.random_bool(0.05)) * 3;
        let number = self.written.saturating_sub(old).max(1);
        let id = Id::new(number / 2 + 1, number % 2 * self.rng.random_range(0..3));
        Self::add_words(key, Some(id), &fields)
    }

    pub(super) fn add_words(key: &Name, id: Option<Id>, fields: &Fields) -> Vec<Blob> {
        let id = id.map_or_else(|| "*".to_owned(), |id| id.to_string());
        let mut add = words(&[&"XADD", key, &id]);
        for (name, value) in fields.iter() {
            add.extend([word(name), value.clone()]);
        }
        add
    }

    /// XREADGROUP of some streams.
    pub(super) fn read_words(&mut self, consumer: &Name) -> Vec<Blob> {
        let (keys, group) = (self.some_keys(), self.group());
        let count = self.rng.random_range(1..4);
        let mut read = words(&[&"XREADGROUP", &"GROUP", &group, consumer]);
        read.extend(words(&[&"COUNT", &count, &"STREAMS"]));
        read.extend(keys.iter().map(word));
        read.extend(keys.iter().map(|_| word(">")));
        read
    }

    /// A job of the delay queue: one that is there, or one of a few.
    pub(super) fn member(&mut self, model: &Model) -> String {
        let queue = model.sorted.get(&self.service.delayed);
        let mut known: Vec<String> = queue
            .into_iter()
            .flatten()
            .map(|(m, _)| m.clone())
            .collect();
        known.retain(|member| member.starts_with(PARKING));
        known.extend(["Remind:o-1", "Remind:o-2", "Plain", "~retry:nothing"].map(str::to_owned));
        self.pick(&known)
    }

    /// Mostly a delivery as its consumer knows it; sometimes of another consumer, or a stale one.
    pub(super) fn receipt(&mut self, model: &Model) -> Receipt {
        let key = self.key();
        let pending = model
            .group(&key, &self.service.group)
            .map(|group| group.pending.clone());
        let pending: Vec<_> = pending.unwrap_or_default().into_iter().collect();
        if pending.is_empty() || self.rng.random_bool(0.1) {
            return Receipt {
                id: self.id(model, &key),
                stream: key,
                consumer: self.consumer(),
                deliveries: 1,
            };
        }
        let (id, found) = self.pick(&pending);
        let stranger = self.rng.random_bool(0.1);
        let stale = u64::from(self.rng.random_bool(0.1));
        Receipt {
            stream: key,
            id,
            consumer: if stranger {
                self.anybody()
            } else {
                found.owner
            },
            deliveries: found.count + stale,
        }
    }

    /// Some receipts of one stream and consumer.
    pub(super) fn receipts(&mut self, model: &Model) -> Vec<Receipt> {
        let first = self.receipt(model);
        let mut all = vec![first.clone()];
        for _ in 0..self.rng.random_range(0..3) {
            let more = self.receipt(model);
            if more.stream == first.stream && all.iter().all(|known| known.id != more.id) {
                let consumer = Arc::clone(&first.consumer);
                all.push(Receipt { consumer, ..more });
            }
        }
        all
    }

    pub(super) fn terms(&mut self) -> Terms {
        Terms {
            lease: HOUR,
            delay: self.pick(&[0, HOUR / 2, HOUR, 2 * HOUR]),
            room: self.pick(&[0, 1, 2, 100]),
            record: self.record(),
            count: self.rng.random_range(1..5),
        }
    }

    fn record(&mut self) -> String {
        let attempt = self.rng.random_range(1..9);
        let record =
            format!(r#"{{"attempt":{attempt},"error":"no \"way\"","at":"t","consumer":"a"}}"#);
        self.pick(&[record, String::new()])
    }

    pub(super) fn letter(&mut self, receipt: &Receipt, model: &Model) -> Letter {
        let stream = model.streams.get(&receipt.stream);
        let fields = stream
            .and_then(|stream| stream.entries.get(&receipt.id))
            .cloned();
        Letter {
            cause: "no".to_owned(),
            record: self.record(),
            at: "2026-01-01T00:00:00.000Z".to_owned(),
            poison: self.pick(&["", "", "Order/1", "Order/2"]).to_owned(),
            fields: fields.unwrap_or_else(|| self.fields()),
        }
    }

    pub(super) fn reclaim(&mut self, consumer: Name, model: &Model) -> Reclaim {
        let keys = self.some_keys();
        let places = keys.into_iter().map(|key| {
            let from = self.id(model, &key);
            (key, self.pick(&[Id::ZERO, Id::ZERO, from]))
        });
        let places = places.collect();
        Reclaim {
            consumer,
            lease: self.pick(&[0, HOUR, HOUR]),
            count: self.rng.random_range(1..5),
            limit: self.pick(&[0, 0, 2, 6]),
            places,
        }
    }
}
