//! Keys and arguments of the scripts, in the order of their headers.

use super::call::word;
use crate::protocol::model::{Blob, Letter, Receipt, Reclaim, ScriptCall, Service, Terms};

/// Every script there is.
pub(super) const SCRIPTS: [&str; 18] = [
    "ack_entries",
    "dead_letter_entry",
    "discard_dead_letter",
    "drop_group",
    "ensure_group",
    "park_entries",
    "promote_jobs",
    "reclaim_entries",
    "recover_entries",
    "renew_leases",
    "replay_dead_letter",
    "save_checkpoint",
    "sweep_attempts",
    "take_leadership",
    "take_over_entries",
    "take_slots",
    "trim_stream",
    "undo_claim",
];

/// Every tag that their headers promise.
pub(super) const ANSWERS: [&str; 36] = [
    "a refusal",
    "ack_entries SETTLED",
    "dead_letter_entry DEAD_LETTERED",
    "dead_letter_entry LOST",
    "dead_letter_entry STALE",
    "discard_dead_letter ABSENT",
    "discard_dead_letter DISCARDED",
    "drop_group DROPPED",
    "drop_group NONE",
    "drop_group PENDING",
    "ensure_group CREATED",
    "ensure_group EXISTS",
    "park_entries DELETED",
    "park_entries GONE",
    "park_entries LOST",
    "park_entries PARKED",
    "park_entries POSTPONED",
    "promote_jobs PROMOTED",
    "reclaim_entries CLAIMED",
    "recover_entries RECOVERED",
    "renew_leases RENEWED",
    "replay_dead_letter ABSENT",
    "replay_dead_letter REPLAYED",
    "save_checkpoint NONE",
    "save_checkpoint NOTED",
    "sweep_attempts SWEPT",
    "take_leadership FOLLOWS",
    "take_leadership LEADS",
    "take_over_entries ALIVE",
    "take_over_entries RETIRED",
    "take_over_entries TAKEN",
    "take_slots TAKEN",
    "undo_claim DELETED",
    "undo_claim GONE",
    "undo_claim LOST",
    "undo_claim UNDONE",
];

/// Every command of Redis that the roles, their users and their enemies give.
pub(super) const COMMANDS: [&str; 14] = [
    "DEL",
    "HDEL",
    "HKEYS",
    "HSET",
    "SET",
    "XACK",
    "XADD",
    "XCLAIM",
    "XDEL",
    "XGROUP",
    "XINFO",
    "XPENDING",
    "XRANGE",
    "XREADGROUP",
];

type Parts = (&'static str, Vec<String>, Vec<Blob>);

/// Name, keys and arguments of a call by the service `own`.
pub(super) fn parts(own: &Service, call: &ScriptCall) -> Parts {
    let group = || word(&own.group);
    let keys = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect();
    match call {
        ScriptCall::Reclaim(ask) => reclaim(own, ask),
        ScriptCall::Take(consumer, streams, limit, count) => (
            "take_slots",
            streams.iter().map(ToString::to_string).collect(),
            vec![group(), word(consumer), word(limit), word(count)],
        ),
        ScriptCall::Takeover(key, consumer, lease, limit) => (
            "take_over_entries",
            keys(&[key, &own.alive(consumer)]),
            vec![group(), word(consumer), word(lease), word(limit)],
        ),
        ScriptCall::Park(receipt, terms) => park(own, receipt, terms),
        ScriptCall::DeadLetter(receipt, letter) => dead_letter(own, receipt, letter),
        ScriptCall::Ack(receipts) => (
            "ack_entries",
            keys(&[&receipts[0].stream, &own.attempts]),
            with_receipts(own, receipts),
        ),
        ScriptCall::Renew(receipts) => (
            "renew_leases",
            keys(&[&receipts[0].stream]),
            with_receipts(own, receipts),
        ),
        ScriptCall::Undo(receipt, count) => (
            "undo_claim",
            keys(&[&receipt.stream]),
            vec![
                group(),
                word(receipt.id),
                word(&receipt.consumer),
                word(receipt.deliveries),
                word(count),
            ],
        ),
        ScriptCall::Recover(key, consumer, ids, lease) => {
            let mut args = vec![group(), word(consumer), word(lease)];
            args.extend(ids.iter().map(word));
            ("recover_entries", keys(&[key]), args)
        }
        other => upkeep(own, other),
    }
}

/// The scripts that move no deliveries.
fn upkeep(own: &Service, call: &ScriptCall) -> Parts {
    let keys = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect();
    match call {
        ScriptCall::Promote(limit, at) => (
            "promote_jobs",
            keys(&[&own.delayed, &own.data, &own.inbox, &own.attempts]),
            vec![word(limit), word(at)],
        ),
        ScriptCall::Replay(id) => (
            "replay_dead_letter",
            keys(&[&own.dead, &own.inbox, &own.poison]),
            vec![word(id)],
        ),
        ScriptCall::Discard(id) => (
            "discard_dead_letter",
            keys(&[&own.dead, &own.poison]),
            vec![word(id)],
        ),
        ScriptCall::Ensure(service, key, start) => (
            "ensure_group",
            keys(&[key, &service.checkpoints]),
            vec![word(&service.group), word(start)],
        ),
        ScriptCall::Drop(service, key) => (
            "drop_group",
            keys(&[key, &service.checkpoints]),
            vec![word(&service.group)],
        ),
        ScriptCall::Checkpoint(service, key) => (
            "save_checkpoint",
            keys(&[key, &service.checkpoints]),
            vec![word(&service.group)],
        ),
        ScriptCall::Trim(key, horizon, group) => (
            "trim_stream",
            keys(&[key]),
            vec![word(horizon), word(group)],
        ),
        ScriptCall::Sweep(streams) => {
            let mut all = vec![own.attempts.to_string()];
            all.extend(streams.iter().map(ToString::to_string));
            (
                "sweep_attempts",
                all,
                vec![word(&own.group), word(0), word(100)],
            )
        }
        ScriptCall::Lead(key, consumer, ttl) => (
            "take_leadership",
            keys(&[key]),
            vec![word(consumer), word(ttl)],
        ),
        other => panic!("{other:?} moves deliveries"),
    }
}

fn reclaim(own: &Service, ask: &Reclaim) -> Parts {
    let mut keys = vec![own.attempts.to_string()];
    keys.extend(ask.places.iter().map(|(key, _)| key.to_string()));
    let mut args = vec![word(&own.group), word(&ask.consumer), word(ask.lease)];
    args.extend([word(ask.count), word(ask.limit)]);
    args.extend(ask.places.iter().map(|(_, cursor)| word(cursor)));
    ("reclaim_entries", keys, args)
}

fn park(own: &Service, receipt: &Receipt, terms: &Terms) -> Parts {
    let keys = [&receipt.stream, &own.attempts, &own.delayed, &own.data];
    let args = vec![
        word(&own.group),
        word(receipt.id),
        word(&receipt.consumer),
        word(receipt.deliveries),
        word(terms.lease),
        word(terms.delay),
        word(terms.room),
        word(&terms.record),
        word(terms.count),
    ];
    ("park_entries", keys.map(ToString::to_string).into(), args)
}

fn dead_letter(own: &Service, receipt: &Receipt, letter: &Letter) -> Parts {
    let keys = [&receipt.stream, &own.dead, &own.attempts, &own.poison];
    let mut args = vec![
        word(&own.group),
        word(receipt.id),
        word(&letter.cause),
        word(&letter.record),
        word(&letter.at),
        word(receipt.deliveries),
        word(&receipt.consumer),
        word(&letter.poison),
    ];
    for (name, value) in letter.fields.iter() {
        args.extend([word(name), value.clone()]);
    }
    (
        "dead_letter_entry",
        keys.map(ToString::to_string).into(),
        args,
    )
}

fn with_receipts(own: &Service, receipts: &[Receipt]) -> Vec<Blob> {
    let mut args = vec![word(&own.group), word(&receipts[0].consumer)];
    for receipt in receipts {
        args.extend([word(receipt.id), word(receipt.deliveries)]);
    }
    args
}
