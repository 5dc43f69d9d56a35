//! A small world in which random calls meet: few streams, consumers and ids, so that what is called
//! is often there, often somebody else's, and often gone.

use std::sync::Arc;

use rand::{Rng, SeedableRng, rngs::StdRng, seq::IndexedRandom};

use super::{
    call::{Call, word},
    sending::SCRIPTS,
};
use crate::protocol::model::{Blob, Id, Model, Name, ScriptCall, Service};

pub(super) const HOUR: u64 = 3600 * 1000;
/// Beyond what the clock says, so that both sides generate the same ids behind it.
const FAR: Id = Id::new(9_000_000_000_000, 0);
/// Delayed jobs: long ago, and long after anybody runs this.
const TIMES: [u64; 4] = [1000, 2000, 1_000_000_000, 4_102_444_800_000];

/// The time that the tests write into entries.
const AT: &str = "2026-01-01T00:00:00.000Z";
/// The task whose leadership the consumers take.
const TASK: &str = "janitor";

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
        keys.push(service.lead(TASK));
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

    /// Every key that a call may change.
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
            let fields = self.fields();
            calls.push(Call::plain(Self::add_words(&key, Some(FAR), &fields)));
        }
        let mut ensure = |service: &Service, key: &Name| {
            let ensure = ScriptCall::Ensure(service.clone(), Arc::clone(key), Id::ZERO);
            calls.push(Call::script(service, &ensure));
        };
        for key in &self.read {
            ensure(&self.service, key);
        }
        ensure(&self.other, &self.read[0]);
        calls
    }

    /// A random call.
    pub(super) fn next(&mut self, model: &Model) -> Call {
        if self.rng.random_bool(0.45) {
            return Call::plain(self.plain(model));
        }
        let name = match self.favourite {
            Some(favourite) if self.rng.random_bool(0.5) => favourite,
            _ => SCRIPTS.choose(&mut self.rng).expect("there are scripts"),
        };
        let call = self.scripted(name, model);
        Call::script(&self.service, &call)
    }

    fn plain(&mut self, model: &Model) -> Vec<Blob> {
        let key = self.key();
        let consumer = self.consumer();
        let (group, id) = (self.group(), self.id(model, &key));
        let own = Arc::clone(&self.service.group);
        match self.rng.random_range(0..110) {
            0..32 => self.add(&key),
            32..55 => self.read_words(&consumer),
            55..62 => {
                let other = self.id(model, &key);
                words(&[&"XACK", &key, &group, &id, &other])
            }
            62..70 => {
                let dead = Arc::clone(&self.service.dead);
                let key = if self.rng.random_bool(0.2) { dead } else { key };
                words(&[&"XDEL", &key, &self.id(model, &key)])
            }
            70..75 => {
                let (thief, idle) = (self.anybody(), self.pick(&[0, HOUR / 2, HOUR]));
                words(&[&"XCLAIM", &key, &own, &thief, &0, &id, &"IDLE", &idle])
            }
            75..78 => {
                let count = self.rng.random_range(1..4);
                let mut undo = words(&[&"XCLAIM", &key, &own, &consumer, &0, &id]);
                undo.extend(words(&[&"RETRYCOUNT", &count, &"JUSTID"]));
                undo
            }
            78..80 => words(&[&"XGROUP", &"DESTROY", &key, &own]),
            80..88 => {
                let (score, member) = (self.pick(&TIMES), self.member(model));
                words(&[&"ZADD", &self.service.delayed, &score, &member])
            }
            88..92 => {
                let data: &[u8] = self.pick(&[&b"\x81\xa1k\x01"[..], b"\x80", b"words"]);
                let member = self.member(model);
                let mut set = words(&[&"HSET", &self.service.data, &member]);
                set.push(data.to_vec());
                set
            }
            92..96 => words(&[&"SET", &self.service.alive(&consumer), &1, &"PX", &HOUR]),
            96..99 => words(&[&"DEL", &self.service.alive(&consumer)]),
            99..101 => {
                let field = |id: Id| format!("{key}/{id}");
                let other = field(self.id(model, &key));
                words(&[&"HDEL", &self.service.attempts, &field(id), &other])
            }
            101..102 => words(&[&"HKEYS", &self.service.poison]),
            102..107 => {
                let from = self.pick(&["-".to_owned(), id.to_string(), format!("({id}")]);
                let count = self.rng.random_range(1..4);
                let to = self.pick(&["+".to_owned(), id.to_string()]);
                let mut look = words(&[&"XPENDING", &key, &group, &from, &to, &count]);
                if self.rng.random_bool(0.5) {
                    look.push(word(&consumer));
                }
                look
            }
            107..109 => words(&[&"XRANGE", &key, &id, &id]),
            _ => words(&[&"XINFO", &"CONSUMERS", &key, &group]),
        }
    }

    fn scripted(&mut self, name: &str, model: &Model) -> ScriptCall {
        let key = self.key();
        let consumer = self.consumer();
        match name {
            "reclaim_entries" => ScriptCall::Reclaim(self.reclaim(consumer, model)),
            "take_slots" => {
                let (limit, count) = (self.rng.random_range(1..9), self.rng.random_range(1..5));
                ScriptCall::Take(consumer, self.some_keys(), limit, count)
            }
            "take_over_entries" => ScriptCall::Takeover(
                key,
                consumer,
                self.pick(&[0, HOUR]),
                self.rng.random_range(1..4),
            ),
            "park_entries" => ScriptCall::Park(self.receipt(model), self.terms()),
            "dead_letter_entry" => {
                let receipt = self.receipt(model);
                let letter = self.letter(&receipt, model);
                ScriptCall::DeadLetter(receipt, letter)
            }
            "ack_entries" => ScriptCall::Ack(self.receipts(model)),
            "renew_leases" => ScriptCall::Renew(self.receipts(model)),
            "promote_jobs" => ScriptCall::Promote(self.rng.random_range(1..4), AT.to_owned()),
            "replay_dead_letter" => ScriptCall::Replay(self.id(model, &self.service.dead.clone())),
            "discard_dead_letter" => {
                ScriptCall::Discard(self.id(model, &self.service.dead.clone()))
            }
            "save_checkpoint" => ScriptCall::Checkpoint(self.either(), key),
            "trim_stream" => {
                let id = self.id(model, &key);
                let horizon = Id::new(id.ms, 0);
                let own = self.pick(&["".into(), Arc::clone(&self.service.group)]);
                ScriptCall::Trim(key, self.pick(&[horizon, FAR]), own)
            }
            "recover_entries" => {
                let ids = (0..3).map(|_| self.id(model, &key)).collect();
                ScriptCall::Recover(key, consumer, ids, self.pick(&[0, HOUR]))
            }
            "sweep_attempts" => ScriptCall::Sweep(self.some_keys()),
            "undo_claim" => ScriptCall::Undo(self.receipt(model), self.rng.random_range(1..3)),
            "take_leadership" => {
                let ttl = self.pick(&[0, HOUR]);
                ScriptCall::Lead(self.service.lead(TASK), consumer, ttl)
            }
            "drop_group" => ScriptCall::Drop(self.either(), key),
            _ => {
                let start = self.id(model, &key);
                ScriptCall::Ensure(self.either(), key, self.pick(&[Id::ZERO, start]))
            }
        }
    }
}

/// Words of a command.
pub(super) fn words(all: &[&dyn ToString]) -> Vec<Blob> {
    all.iter()
        .map(|part| part.to_string().into_bytes())
        .collect()
}
