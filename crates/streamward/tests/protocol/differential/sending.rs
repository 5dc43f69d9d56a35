//! The calls of scripts as a server gets them.

use redis::Cmd;

use super::{
    bench::evalsha,
    scripted::{AT, LEAD, Scripted},
};
use crate::model::{Id, Letter, Receipt, Reclaim, Service, Terms};

impl Scripted {
    /// The command; `sha` knows the scripts.
    pub(super) fn command<'a>(&self, own: &Service, sha: impl Fn(&str) -> &'a str) -> Cmd {
        let sha = sha(self.name());
        let script = |keys: &[&str]| evalsha(sha, keys.iter().copied());
        match self {
            Self::Reclaim(ask) => reclaim_command(own, ask, sha),
            Self::Take(consumer, keys, limit, count) => {
                let mut call = evalsha(sha, keys.iter().map(|key| &**key));
                call.arg(&*own.group)
                    .arg(&**consumer)
                    .arg(*limit)
                    .arg(*count);
                call
            }
            Self::Takeover(key, consumer, lease, limit) => {
                let mut call = script(&[key, &own.alive(consumer)]);
                call.arg(&[&*own.group, &**consumer])
                    .arg(*lease)
                    .arg(*limit);
                call
            }
            Self::Park(receipt, terms) => park_command(own, receipt, terms, sha),
            Self::Bury(receipt, letter) => bury_command(own, receipt, letter, sha),
            Self::Settle(receipts) => {
                let keys = [&*receipts[0].stream, &*own.attempts];
                with_receipts(script(&keys), own, receipts)
            }
            Self::Renew(receipts) => with_receipts(script(&[&*receipts[0].stream]), own, receipts),
            Self::Promote(limit) => {
                let keys = [&*own.delayed, &*own.data, &*own.inbox, &*own.attempts];
                let mut call = script(&keys);
                call.arg(*limit).arg(AT);
                call
            }
            Self::Replay(id) => {
                let mut call = script(&[&*own.dead, &*own.inbox, &*own.poison]);
                call.arg(id.to_string());
                call
            }
            Self::Discard(id) => {
                let mut call = script(&[&*own.dead, &*own.poison]);
                call.arg(id.to_string());
                call
            }
            Self::Ensure(service, key) | Self::Checkpoint(service, key) => {
                with_group(service, key, sha)
            }
            Self::Trim(key, horizon, group) => {
                let mut call = script(&[key]);
                call.arg(horizon.to_string()).arg(&**group);
                call
            }
            Self::Recover(key, consumer, ids, lease) => {
                let mut call = script(&[key]);
                call.arg(&[&*own.group, &**consumer]).arg(*lease);
                call.arg(ids.iter().map(Id::to_string).collect::<Vec<_>>());
                call
            }
            Self::Sweep(keys) => {
                let mut all = vec![&*own.attempts];
                all.extend(keys.iter().map(|key| &**key));
                let mut call = script(&all);
                call.arg(&*own.group).arg("0").arg(100);
                call
            }
            Self::Lead(consumer, ttl) => {
                let mut call = script(&[&own.lead(LEAD)]);
                call.arg(&**consumer).arg(*ttl);
                call
            }
        }
    }
}

fn reclaim_command(own: &Service, ask: &Reclaim, sha: &str) -> Cmd {
    let mut keys = vec![&*own.attempts];
    keys.extend(ask.places.iter().map(|(key, _)| &**key));
    let mut call = evalsha(sha, keys.into_iter());
    call.arg(&*own.group)
        .arg(&*ask.consumer)
        .arg(ask.lease)
        .arg(ask.count)
        .arg(ask.limit);
    for (_, cursor) in &ask.places {
        call.arg(cursor.to_string());
    }
    call
}

fn park_command(own: &Service, receipt: &Receipt, terms: &Terms, sha: &str) -> Cmd {
    let keys = [&*receipt.stream, &*own.attempts, &*own.delayed, &*own.data];
    let mut call = evalsha(sha, keys.into_iter());
    call.arg(&*own.group)
        .arg(receipt.id.to_string())
        .arg(&*receipt.consumer)
        .arg(receipt.deliveries)
        .arg(terms.lease)
        .arg(terms.delay)
        .arg(terms.room)
        .arg(&*terms.record)
        .arg(terms.count);
    call
}

fn bury_command(own: &Service, receipt: &Receipt, letter: &Letter, sha: &str) -> Cmd {
    let keys = [&*receipt.stream, &*own.dead, &*own.attempts, &*own.poison];
    let mut call = evalsha(sha, keys.into_iter());
    call.arg(&*own.group).arg(receipt.id.to_string());
    call.arg(&*letter.cause)
        .arg(&*letter.record)
        .arg(&*letter.at);
    call.arg(receipt.deliveries)
        .arg(&*receipt.consumer)
        .arg(&*letter.poison);
    for (name, value) in letter.fields.iter() {
        call.arg(name).arg(&**value);
    }
    call
}

fn with_receipts(mut call: Cmd, own: &Service, receipts: &[Receipt]) -> Cmd {
    call.arg(&*own.group).arg(&*receipts[0].consumer);
    for receipt in receipts {
        call.arg(receipt.id.to_string()).arg(receipt.deliveries);
    }
    call
}

fn with_group(service: &Service, key: &str, sha: &str) -> Cmd {
    let mut call = evalsha(sha, [key, &*service.checkpoints].into_iter());
    call.arg(&*service.group);
    call
}
