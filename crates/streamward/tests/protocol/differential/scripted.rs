//! The calls of scripts, and their answers as the headers promise them.

use redis::Value;

use super::{
    call::{flat, ids},
    state::{bulk, int, list},
};
use crate::model::{
    BuryReply, Ensured, Id, Lead, Letter, Model, Name, ParkReply, Promoted, Receipt, Reclaim,
    Reclaimed, Recovered, Refused, Service, Takeover, Terms,
};

/// What the tests write as the time.
pub(super) const AT: &str = "2026-01-01T00:00:00.000Z";
/// What is led.
pub(super) const LEAD: &str = "janitor";
/// Every script there is.
pub(super) const SCRIPTS: [&str; 16] = [
    "dead_letter_entry",
    "save_checkpoint",
    "discard_dead_letter",
    "ensure_group",
    "take_leadership",
    "park_entries",
    "promote_jobs",
    "reclaim_entries",
    "recover_entries",
    "renew_leases",
    "replay_dead_letter",
    "ack_entries",
    "sweep_attempts",
    "take_slots",
    "take_over_entries",
    "trim_stream",
];

/// Every tag that their headers promise.
pub(super) const ANSWERS: [&str; 29] = [
    "a refusal",
    "dead_letter_entry DEAD_LETTERED",
    "dead_letter_entry STALE",
    "dead_letter_entry LOST",
    "save_checkpoint NOTED",
    "save_checkpoint NONE",
    "discard_dead_letter DISCARDED",
    "discard_dead_letter ABSENT",
    "ensure_group EXISTS",
    "ensure_group CREATED",
    "take_leadership LEADS",
    "take_leadership FOLLOWS",
    "park_entries PARKED",
    "park_entries POSTPONED",
    "park_entries GONE",
    "park_entries LOST",
    "park_entries DELETED",
    "promote_jobs PROMOTED",
    "reclaim_entries CLAIMED",
    "recover_entries RECOVERED",
    "renew_leases RENEWED",
    "replay_dead_letter REPLAYED",
    "replay_dead_letter ABSENT",
    "ack_entries SETTLED",
    "sweep_attempts SWEPT",
    "take_slots TAKEN",
    "take_over_entries ALIVE",
    "take_over_entries TAKEN",
    "take_over_entries RETIRED",
];

/// The call of a script.
#[derive(Clone, Debug)]
pub(super) enum Scripted {
    Reclaim(Reclaim),
    /// Consumer, keys, limit, count.
    Take(Name, Vec<Name>, usize, usize),
    /// Key, consumer, lease, limit.
    Takeover(Name, Name, u64, usize),
    Park(Receipt, Terms),
    Bury(Receipt, Letter),
    /// Receipts of one stream and consumer, at least one.
    Settle(Vec<Receipt>),
    Renew(Vec<Receipt>),
    Promote(usize),
    Replay(Id),
    Discard(Id),
    Ensure(Service, Name),
    Checkpoint(Service, Name),
    /// Key, horizon, the caller's group or "".
    Trim(Name, Id, Name),
    /// Key, consumer, ids, lease.
    Recover(Name, Name, Vec<Id>, u64),
    Sweep(Vec<Name>),
    /// Consumer, time to live.
    Lead(Name, u64),
}

impl Scripted {
    /// The script's name.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Reclaim(_) => "reclaim_entries",
            Self::Take(..) => "take_slots",
            Self::Takeover(..) => "take_over_entries",
            Self::Park(..) => "park_entries",
            Self::Bury(..) => "dead_letter_entry",
            Self::Settle(_) => "ack_entries",
            Self::Renew(_) => "renew_leases",
            Self::Promote(_) => "promote_jobs",
            Self::Replay(_) => "replay_dead_letter",
            Self::Discard(_) => "discard_dead_letter",
            Self::Ensure(..) => "ensure_group",
            Self::Checkpoint(..) => "save_checkpoint",
            Self::Trim(..) => "trim_stream",
            Self::Recover(..) => "recover_entries",
            Self::Sweep(_) => "sweep_attempts",
            Self::Lead(..) => "take_leadership",
        }
    }

    pub(super) fn on_model(&self, service: &Service, model: &mut Model) -> Result<Value, Refused> {
        Ok(match self {
            Self::Reclaim(ask) => reclaimed(&model.reclaim(service, ask)?),
            Self::Take(consumer, keys, limit, count) => {
                let taken = model.take(service, consumer, keys, (*limit, *count))?;
                let taken = taken.iter().map(|(place, id, fields)| {
                    list([int(place + 1), bulk(id.to_string()), flat(fields)])
                });
                list([bulk("TAKEN"), list(taken)])
            }
            Self::Takeover(key, consumer, lease, limit) => {
                taken_over(model.takeover(service, (key, consumer), *lease, *limit)?)
            }
            Self::Park(receipt, terms) => {
                list([bulk(match model.park(service, receipt, terms)? {
                    ParkReply::Parked => "PARKED",
                    ParkReply::Postponed => "POSTPONED",
                    ParkReply::Gone => "GONE",
                    ParkReply::Lost => "LOST",
                    ParkReply::Deleted => "DELETED",
                })])
            }
            Self::Bury(receipt, letter) => match model.bury(service, receipt, letter)? {
                BuryReply::Buried(id) => list([bulk("DEAD_LETTERED"), bulk(id.to_string())]),
                BuryReply::Stale => list([bulk("STALE")]),
                BuryReply::Lost => list([bulk("LOST")]),
            },
            Self::Settle(receipts) => {
                let settled = model.settle(service, receipts)?;
                list([bulk("SETTLED"), ids(&settled.lost), ids(&settled.gone)])
            }
            Self::Renew(receipts) => {
                let renewed = model.renew(service, receipts)?;
                let (lost, gone) = (ids(&renewed.lost), ids(&renewed.gone));
                list([bulk("RENEWED"), lost, gone, ids(&renewed.deleted)])
            }
            Self::Promote(limit) => promoted(&model.promote(service, *limit, AT)?),
            Self::Replay(id) => match model.replay(service, *id)? {
                Some(id) => list([bulk("REPLAYED"), bulk(id.to_string())]),
                None => list([bulk("ABSENT")]),
            },
            Self::Discard(id) => {
                let found = model.discard(service, *id);
                list([bulk(if found { "DISCARDED" } else { "ABSENT" })])
            }
            Self::Ensure(service, key) => match model.ensure(service, key) {
                Ensured::Exists => list([bulk("EXISTS")]),
                Ensured::Created(id) => list([bulk("CREATED"), bulk(id.to_string())]),
            },
            Self::Checkpoint(service, key) => match model.checkpoint(service, key) {
                Some(id) => list([bulk("NOTED"), bulk(id.to_string())]),
                None => list([bulk("NONE")]),
            },
            Self::Trim(key, horizon, own) => {
                list([bulk("TRIMMED"), int(model.trim(key, *horizon, own))])
            }
            Self::Recover(key, consumer, ids, lease) => {
                recovered(model.recover(service, (key, consumer), ids, *lease)?)
            }
            Self::Sweep(keys) => list([bulk("SWEPT"), bulk("0"), int(model.sweep(service, keys))]),
            Self::Lead(consumer, ttl) => match model.lead(&service.lead(LEAD), consumer, *ttl) {
                Lead::Leads => list([bulk("LEADS")]),
                Lead::Follows(who) => list([bulk("FOLLOWS"), bulk(who)]),
            },
        })
    }
}

fn recovered(answer: Recovered) -> Value {
    let (moved, deleted) = (int(answer.moved), int(answer.deleted));
    list([bulk("RECOVERED"), moved, deleted])
}

fn promoted(answer: &Promoted) -> Value {
    let wait = answer.wait.map_or(Value::Int(-1), int);
    let (jobs, late) = (int(answer.jobs), int(answer.late));
    list([bulk("PROMOTED"), jobs, late, wait])
}

fn reclaimed(answer: &Reclaimed) -> Value {
    let claimed = answer.claimed.iter().map(|claim| {
        let (place, id) = (int(claim.place + 1), bulk(claim.id.to_string()));
        let fields = flat(&claim.fields);
        list([
            place,
            id,
            fields,
            int(claim.deliveries),
            bulk(&claim.history),
        ])
    });
    let lost = answer.lost.iter();
    let lost = lost.map(|(place, id)| list([int(place + 1), bulk(id.to_string())]));
    list([
        bulk("CLAIMED"),
        ids(&answer.cursors),
        list(claimed),
        list(lost),
    ])
}

fn taken_over(answer: Takeover) -> Value {
    match answer {
        Takeover::Alive => list([bulk("ALIVE")]),
        Takeover::Taken { moved, lost } => list([bulk("TAKEN"), int(moved), int(lost)]),
        Takeover::Retired => list([bulk("RETIRED")]),
    }
}
