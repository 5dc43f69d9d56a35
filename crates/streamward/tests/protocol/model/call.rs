//! Calls of the runtime's scripts: read from a command as a role sends it, and applied to the model.

use std::sync::Arc;

use redis::Value;

use super::{
    claiming::{Reclaim, Reclaimed, Takeover},
    command::{Args, bulk, flat, ids, int, list},
    handling::{Receipt, Undo},
    ids::Id,
    parking::{DeadLetterReply, Letter, ParkReply, Terms},
    queues::Promoted,
    server::{Model, Refused},
    service::Service,
    streams::Name,
    upkeep::{Ensured, Leadership},
};

/// A call of a script.
#[derive(Clone, Debug)]
pub(crate) enum ScriptCall {
    Reclaim(Reclaim),
    /// Consumer, keys, limit, count.
    Take(Name, Vec<Name>, usize, usize),
    /// Key, consumer, lease, limit.
    Takeover(Name, Name, u64, usize),
    Park(Receipt, Terms),
    DeadLetter(Receipt, Letter),
    /// Receipts of one stream and consumer, at least one.
    Ack(Vec<Receipt>),
    Renew(Vec<Receipt>),
    /// The claimed delivery, and the count before the claim.
    Undo(Receipt, u64),
    /// Limit, time.
    Promote(usize, String),
    Replay(Id),
    Discard(Id),
    /// Group, key.
    Ensure(Service, Name, Id),
    Drop(Service, Name),
    Checkpoint(Service, Name),
    /// Key, horizon, the caller's group or "".
    Trim(Name, Id, Name),
    /// Key, consumer, ids, lease.
    Recover(Name, Name, Vec<Id>, u64),
    Sweep(Vec<Name>),
    /// Key, consumer, time to live.
    Lead(Name, Name, u64),
}

impl ScriptCall {
    /// Reads the call of script `name` by one of `services`, the first of which it is by default.
    ///
    /// # Panics
    /// When a key or the number of arguments is not as the script's header demands.
    pub(crate) fn read(services: &[Service], name: &str, keys: &[Name], args: &Args<'_>) -> Self {
        let by_group = |group: &str| services.iter().find(|known| *known.group == *group);
        let own = by_group(args.text(0)).unwrap_or(&services[0]);
        let keyed = |expected: &[&Name]| demand_keys(name, keys, expected);
        let receipt = |id: usize, consumer: usize, deliveries: usize| Receipt {
            stream: Arc::clone(&keys[0]),
            id: args.id(id),
            consumer: args.name(consumer),
            deliveries: args.number(deliveries),
        };
        let receipts = || {
            assert!(args.len() >= 4, "{name} without receipts");
            let pairs = (2..args.len()).step_by(2);
            pairs.map(|at| receipt(at, 1, at + 1)).collect()
        };
        match name {
            "reclaim_entries" => {
                keyed(
                    &[&own.attempts]
                        .into_iter()
                        .chain(&keys[1..])
                        .collect::<Vec<_>>(),
                );
                assert_eq!(args.len(), keys.len() + 4, "a cursor for each stream");
                Self::Reclaim(Reclaim {
                    consumer: args.name(1),
                    lease: args.number(2),
                    count: args.count(3),
                    limit: args.count(4),
                    places: (5..args.len())
                        .map(|at| (Arc::clone(&keys[at - 4]), args.id(at)))
                        .collect(),
                })
            }
            "take_over_entries" => {
                keyed(&[&keys[0], &own.alive(args.text(1)).into()]);
                let key = Arc::clone(&keys[0]);
                Self::Takeover(key, args.name(1), args.number(2), args.count(3))
            }
            "park_entries" => {
                keyed(&[&keys[0], &own.attempts, &own.delayed, &own.data]);
                let terms = Terms {
                    lease: args.number(4),
                    delay: args.number(5),
                    room: args.number(6),
                    record: args.text(7).to_owned(),
                    count: args.number(8),
                };
                Self::Park(receipt(1, 2, 3), terms)
            }
            "dead_letter_entry" => {
                keyed(&[&keys[0], &own.dead, &own.attempts, &own.poison]);
                let letter = Letter {
                    cause: args.text(2).to_owned(),
                    record: args.text(3).to_owned(),
                    at: args.text(4).to_owned(),
                    poison: args.text(7).to_owned(),
                    fields: args.fields(8),
                };
                Self::DeadLetter(receipt(1, 6, 5), letter)
            }
            "ack_entries" => {
                keyed(&[&keys[0], &own.attempts]);
                Self::Ack(receipts())
            }
            "renew_leases" => Self::Renew(receipts()),
            "undo_claim" => Self::Undo(receipt(1, 2, 3), args.number(4)),
            other => Self::read_upkeep(own, other, keys, args),
        }
    }

    /// Reads the call of a script that names no delivery.
    fn read_upkeep(own: &Service, name: &str, keys: &[Name], args: &Args<'_>) -> Self {
        let keyed = |expected: &[&Name]| demand_keys(name, keys, expected);
        match name {
            "take_slots" => Self::Take(args.name(1), keys.to_vec(), args.count(2), args.count(3)),
            "recover_entries" => {
                let ids = (3..args.len()).map(|at| args.id(at)).collect();
                Self::Recover(Arc::clone(&keys[0]), args.name(1), ids, args.number(2))
            }
            "promote_jobs" => {
                keyed(&[&own.delayed, &own.data, &own.inbox, &own.attempts]);
                Self::Promote(args.count(0), args.text(1).to_owned())
            }
            "replay_dead_letter" => Self::Replay(args.id(0)),
            "discard_dead_letter" => Self::Discard(args.id(0)),
            "ensure_group" => {
                keyed(&[&keys[0], &own.checkpoints]);
                Self::Ensure(own.clone(), Arc::clone(&keys[0]), args.id(1))
            }
            "drop_group" => {
                keyed(&[&keys[0], &own.checkpoints]);
                Self::Drop(own.clone(), Arc::clone(&keys[0]))
            }
            "save_checkpoint" => {
                keyed(&[&keys[0], &own.checkpoints]);
                Self::Checkpoint(own.clone(), Arc::clone(&keys[0]))
            }
            "trim_stream" => Self::Trim(Arc::clone(&keys[0]), args.id(0), args.name(1)),
            "sweep_attempts" => {
                keyed(
                    &[&own.attempts]
                        .into_iter()
                        .chain(&keys[1..])
                        .collect::<Vec<_>>(),
                );
                Self::Sweep(keys[1..].to_vec())
            }
            "take_leadership" => Self::Lead(Arc::clone(&keys[0]), args.name(0), args.number(1)),
            other => panic!("{other} is no script of the runtime"),
        }
    }

    /// Applies the call to the model. Returns the answer that the script's header promises.
    pub(crate) fn apply(&self, service: &Service, model: &mut Model) -> Result<Value, Refused> {
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
                match model.takeover(service, (key, consumer), *lease, *limit)? {
                    Takeover::Alive => list([bulk("ALIVE")]),
                    Takeover::Taken { moved, lost } => list([bulk("TAKEN"), int(moved), int(lost)]),
                    Takeover::Retired => list([bulk("RETIRED")]),
                }
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
            Self::DeadLetter(receipt, letter) => {
                match model.dead_letter(service, receipt, letter)? {
                    DeadLetterReply::Moved(id) => {
                        list([bulk("DEAD_LETTERED"), bulk(id.to_string())])
                    }
                    DeadLetterReply::Stale => list([bulk("STALE")]),
                    DeadLetterReply::Lost => list([bulk("LOST")]),
                }
            }
            Self::Ack(receipts) => {
                let settled = model.ack(service, receipts)?;
                list([bulk("SETTLED"), ids(&settled.lost), ids(&settled.gone)])
            }
            Self::Renew(receipts) => {
                let renewed = model.renew(service, receipts)?;
                let (lost, gone) = (ids(&renewed.lost), ids(&renewed.gone));
                list([bulk("RENEWED"), lost, gone, ids(&renewed.deleted)])
            }
            Self::Undo(receipt, count) => {
                list([bulk(match model.undo_claim(service, receipt, *count)? {
                    Undo::Undone => "UNDONE",
                    Undo::Lost => "LOST",
                    Undo::Gone => "GONE",
                    Undo::Deleted => "DELETED",
                })])
            }
            Self::Recover(key, consumer, ids, lease) => {
                let answer = model.recover(service, (key, consumer), ids, *lease)?;
                let (moved, deleted) = (int(answer.moved), int(answer.deleted));
                list([bulk("RECOVERED"), moved, deleted])
            }
            other => return other.apply_upkeep(service, model),
        })
    }

    fn apply_upkeep(&self, service: &Service, model: &mut Model) -> Result<Value, Refused> {
        Ok(match self {
            Self::Promote(limit, at) => promoted(&model.promote(service, *limit, at)?),
            Self::Replay(id) => match model.replay(service, *id)? {
                Some(id) => list([bulk("REPLAYED"), bulk(id.to_string())]),
                None => list([bulk("ABSENT")]),
            },
            Self::Discard(id) => {
                let found = model.discard(service, *id);
                list([bulk(if found { "DISCARDED" } else { "ABSENT" })])
            }
            Self::Drop(service, key) => match model.drop_group(service, key) {
                Some(true) => list([bulk("DROPPED")]),
                Some(false) => list([bulk("PENDING")]),
                None => list([bulk("NONE")]),
            },
            Self::Ensure(service, key, start) => match model.ensure(service, key, *start) {
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
            Self::Sweep(keys) => list([bulk("SWEPT"), bulk("0"), int(model.sweep(service, keys))]),
            Self::Lead(key, consumer, ttl) => match model.lead(key, consumer, *ttl) {
                Leadership::Leads => list([bulk("LEADS")]),
                Leadership::Follows(leader) => list([bulk("FOLLOWS"), bulk(leader)]),
            },
            other => panic!("{other:?} moves deliveries"),
        })
    }
}

fn demand_keys(name: &str, keys: &[Name], expected: &[&Name]) {
    let found: Vec<&Name> = keys.iter().collect();
    assert_eq!(found, expected, "keys of {name}");
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
