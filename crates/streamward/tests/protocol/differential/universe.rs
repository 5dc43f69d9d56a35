//! A small world in which random calls meet: few streams, consumers and ids, so that what is called
//! is often there, often somebody else's, and often gone.

use std::sync::Arc;

use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};

use super::{
    call::Call,
    plain::Plain,
    scripted::{LEAD, SCRIPTS, Scripted},
};
use crate::model::{Id, Model, Name, Service};

pub(super) const HOUR: u64 = 3600 * 1000;
/// Beyond what the clock says, so that both sides generate the same ids behind it.
const FAR: Id = Id::new(9_000_000_000_000, 0);
/// Delayed jobs: long ago, and long after anybody runs this.
const TIMES: [u64; 4] = [1000, 2000, 1_000_000_000, 4_102_444_800_000];

/// The world of one sequence.
pub(super) struct Universe {
    pub(super) service: Service,
    pub(super) other: Service,
    pub(super) rng: StdRng,
    /// The script that this sequence calls most.
    favourite: Option<&'static str>,
    pub(super) read: Vec<Name>,
    keys: Vec<Name>,
    pub(super) consumers: Vec<Name>,
    pub(super) written: u64,
}

impl Universe {
    pub(super) fn new(seed: u64) -> Self {
        let (service, other) = (Service::new("shipping"), Service::new("billing"));
        let read = vec![
            service.stream("orders"),
            service.stream("refunds"),
            Arc::clone(&service.inbox),
        ];
        let consumers: Vec<Name> = ["a", "b", "c"].map(Name::from).into();
        let mut keys = read.clone();
        let hashes = [
            &service.attempts,
            &service.data,
            &service.poison,
            &service.checkpoints,
        ];
        keys.extend(hashes.map(Arc::clone));
        keys.extend([&service.dead, &service.delayed, &other.checkpoints].map(Arc::clone));
        keys.extend(
            consumers
                .iter()
                .map(|consumer| Name::from(service.alive(consumer))),
        );
        keys.push(service.lead(LEAD).into());
        // One more than there are scripts: no favourite, but a mixture of all.
        let favourite = SCRIPTS.get(usize::try_from(seed).expect("small") % (SCRIPTS.len() + 1));
        Self {
            service,
            other,
            rng: StdRng::seed_from_u64(seed),
            favourite: favourite.copied(),
            read,
            keys,
            consumers,
            written: 0,
        }
    }

    /// Everything that can be seen.
    pub(super) fn keys(&self) -> &[Name] {
        &self.keys
    }

    /// Groups, and streams whose generated ids do not depend on the clock.
    pub(super) fn prelude(&mut self) -> Vec<Call> {
        let mut calls = Vec::new();
        for key in [
            Arc::clone(&self.service.dead),
            Arc::clone(&self.service.inbox),
        ] {
            let add = Plain::Add(key, Some(FAR), self.fields());
            calls.push(Call::Plain(add));
        }
        for key in &self.read {
            calls.push(Call::Script(Scripted::Ensure(
                self.service.clone(),
                Arc::clone(key),
            )));
        }
        let orders = Arc::clone(&self.read[0]);
        calls.push(Call::Script(Scripted::Ensure(self.other.clone(), orders)));
        calls
    }

    /// A random call.
    pub(super) fn next(&mut self, model: &Model) -> Call {
        if self.rng.random_bool(0.45) {
            return Call::Plain(self.plain(model));
        }
        let name = match self.favourite {
            Some(favourite) if self.rng.random_bool(0.5) => favourite,
            _ => SCRIPTS.choose(&mut self.rng).expect("there are scripts"),
        };
        Call::Script(self.scripted(name, model))
    }

    fn plain(&mut self, model: &Model) -> Plain {
        let key = self.key();
        let consumer = self.consumer();
        match self.rng.random_range(0..100) {
            0..32 => self.add(key),
            32..55 => {
                let keys = self.some_keys();
                Plain::Read(keys, self.group(), consumer, self.rng.random_range(1..4))
            }
            55..62 => {
                let ids = vec![self.id(model, &key), self.id(model, &key)];
                Plain::Acknowledge(key, self.group(), ids)
            }
            62..70 => {
                let key = if self.rng.random_bool(0.2) {
                    Arc::clone(&self.service.dead)
                } else {
                    key
                };
                Plain::Delete(Arc::clone(&key), self.id(model, &key))
            }
            70..78 => {
                let (id, idle) = (self.id(model, &key), self.pick(&[0, HOUR / 2, HOUR]));
                Plain::Steal(key, id, self.anybody(), idle)
            }
            78..80 => Plain::Destroy(key),
            80..88 => Plain::Schedule(self.member(model), self.pick(&TIMES)),
            88..92 => {
                let data: &[u8] = self.pick(&[&b"\x81\xa1k\x01"[..], b"\x80", b"words"]);
                Plain::Pack(self.member(model), data.to_vec())
            }
            92..96 => Plain::Live(consumer, HOUR),
            _ => Plain::Die(consumer),
        }
    }

    fn scripted(&mut self, name: &str, model: &Model) -> Scripted {
        let key = self.key();
        let consumer = self.consumer();
        match name {
            "reclaim_entries" => Scripted::Reclaim(self.reclaim(consumer, model)),
            "take_slots" => {
                let (limit, count) = (self.rng.random_range(1..9), self.rng.random_range(1..5));
                Scripted::Take(consumer, self.some_keys(), limit, count)
            }
            "take_over_entries" => Scripted::Takeover(
                key,
                consumer,
                self.pick(&[0, HOUR]),
                self.rng.random_range(1..4),
            ),
            "park_entries" => Scripted::Park(self.receipt(model), self.terms()),
            "dead_letter_entry" => {
                let receipt = self.receipt(model);
                let letter = self.letter(&receipt, model);
                Scripted::Bury(receipt, letter)
            }
            "ack_entries" => Scripted::Settle(self.receipts(model)),
            "renew_leases" => Scripted::Renew(self.receipts(model)),
            "promote_jobs" => Scripted::Promote(self.rng.random_range(1..4)),
            "replay_dead_letter" => Scripted::Replay(self.id(model, &self.service.dead.clone())),
            "discard_dead_letter" => Scripted::Discard(self.id(model, &self.service.dead.clone())),
            "save_checkpoint" => Scripted::Checkpoint(self.either(), key),
            "trim_stream" => {
                let id = self.id(model, &key);
                let horizon = Id::new(id.ms, 0);
                let own = self.pick(&["".into(), Arc::clone(&self.service.group)]);
                Scripted::Trim(key, self.pick(&[horizon, FAR]), own)
            }
            "recover_entries" => {
                let ids = (0..3).map(|_| self.id(model, &key)).collect();
                Scripted::Recover(key, consumer, ids, self.pick(&[0, HOUR]))
            }
            "sweep_attempts" => Scripted::Sweep(self.some_keys()),
            "take_leadership" => Scripted::Lead(consumer, self.pick(&[0, HOUR])),
            _ => Scripted::Ensure(self.either(), key),
        }
    }
}
