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
    "bury",
    "checkpoint",
    "discard",
    "ensure",
    "lead",
    "park",
    "promote",
    "reclaim",
    "recover",
    "renew",
    "replay",
    "settle",
    "sweep",
    "take",
    "takeover",
    "trim",
];

/// Every tag that their headers promise.
pub(super) const ANSWERS: [&str; 29] = [
    "a refusal",
    "bury BURIED",
    "bury STALE",
    "bury LOST",
    "checkpoint NOTED",
    "checkpoint NONE",
    "discard DISCARDED",
    "discard ABSENT",
    "ensure EXISTS",
    "ensure CREATED",
    "lead LEADS",
    "lead FOLLOWS",
    "park PARKED",
    "park POSTPONED",
    "park GONE",
    "park LOST",
    "park DELETED",
    "promote PROMOTED",
    "reclaim CLAIMED",
    "recover RECOVERED",
    "renew RENEWED",
    "replay REPLAYED",
    "replay ABSENT",
    "settle SETTLED",
    "sweep SWEPT",
    "take TAKEN",
    "takeover ALIVE",
    "takeover TAKEN",
    "takeover RETIRED",
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
            Self::Reclaim(_) => "reclaim",
            Self::Take(..) => "take",
            Self::Takeover(..) => "takeover",
            Self::Park(..) => "park",
            Self::Bury(..) => "bury",
            Self::Settle(_) => "settle",
            Self::Renew(_) => "renew",
            Self::Promote(_) => "promote",
            Self::Replay(_) => "replay",
            Self::Discard(_) => "discard",
            Self::Ensure(..) => "ensure",
            Self::Checkpoint(..) => "checkpoint",
            Self::Trim(..) => "trim",
            Self::Recover(..) => "recover",
            Self::Sweep(_) => "sweep",
            Self::Lead(..) => "lead",
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
                BuryReply::Buried(id) => list([bulk("BURIED"), bulk(id.to_string())]),
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
