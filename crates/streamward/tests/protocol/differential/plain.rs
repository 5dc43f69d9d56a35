//! The commands that the runtime, its users and its enemies give without a script.

use redis::{Cmd, Value};

use super::{
    call::entry,
    state::{bulk, int, list},
};
use crate::model::{Blob, Fields, Id, Model, Name, Refused, Service};

/// A command of Redis.
#[derive(Clone, Debug)]
pub(super) enum Plain {
    Add(Name, Option<Id>, Fields),
    /// Keys, group, consumer, count.
    Read(Vec<Name>, Name, Name, usize),
    /// Key, group, ids.
    Acknowledge(Name, Name, Vec<Id>),
    Delete(Name, Id),
    /// Key, id, thief, idle time.
    Steal(Name, Id, Name, u64),
    Destroy(Name),
    /// A job's time, or another one.
    Schedule(String, u64),
    /// A job's data.
    Pack(String, Blob),
    Live(Name, u64),
    Die(Name),
}

impl Plain {
    pub(super) fn on_model(&self, service: &Service, model: &mut Model) -> Result<Value, Refused> {
        let own = &*service.group;
        Ok(match self {
            Self::Add(key, id, fields) => {
                bulk(model.add(key, *id, Fields::clone(fields))?.to_string())
            }
            Self::Read(keys, group, consumer, count) => {
                let read = model.read(keys, group, consumer, *count)?;
                let of = |number: usize| read.iter().filter(move |(at, ..)| *at == number);
                let streams = (0..keys.len()).filter(|number| of(*number).next().is_some());
                let answers: Vec<Value> = streams
                    .map(|number| {
                        let entries = of(number).map(|(_, id, fields)| entry(*id, fields));
                        list([bulk(&*keys[number]), list(entries)])
                    })
                    .collect();
                if answers.is_empty() {
                    Value::Nil
                } else {
                    list(answers)
                }
            }
            Self::Acknowledge(key, group, ids) => int(model.acknowledge(key, group, ids)),
            Self::Delete(key, id) => int(u64::from(model.delete(key, *id))),
            Self::Steal(key, id, thief, idle) => {
                let stolen = model.steal(key, own, *id, (thief, *idle))?;
                list(
                    stolen
                        .iter()
                        .map(|id| entry(*id, &model.streams[key].entries[id])),
                )
            }
            Self::Destroy(key) => int(u64::from(model.destroy_group(key, own)?)),
            Self::Schedule(member, score) => {
                let queue = model.sorted.get(&service.delayed);
                let new = queue.is_none_or(|queue| !queue.contains_key(member));
                model.schedule(&service.delayed, member, *score);
                int(u64::from(new))
            }
            Self::Pack(member, data) => {
                let new = model.hash_get(&service.data, member).is_none();
                model.hash_set(&service.data, member, data.clone());
                int(u64::from(new))
            }
            Self::Live(consumer, ttl) => {
                model.set(service.alive(consumer), "1", *ttl);
                Value::Okay
            }
            Self::Die(consumer) => {
                let key = service.alive(consumer);
                let lived = model.get(&key).is_some();
                model.forget(&key);
                int(u64::from(lived))
            }
        })
    }

    pub(super) fn command(&self, service: &Service) -> Cmd {
        let own = &*service.group;
        match self {
            Self::Add(key, id, fields) => {
                let id = id.map_or_else(|| "*".to_owned(), |id| id.to_string());
                let mut add = words(&["XADD", key, &id]);
                for (name, value) in fields.iter() {
                    add.arg(name).arg(value);
                }
                add
            }
            Self::Read(keys, group, consumer, count) => {
                let mut read = words(&["XREADGROUP", "GROUP", group, consumer]);
                read.arg("COUNT").arg(*count).arg("STREAMS");
                for key in keys {
                    read.arg(&**key);
                }
                read.arg(vec![">"; keys.len()]);
                read
            }
            Self::Acknowledge(key, group, ids) => {
                let mut acknowledge = words(&["XACK", key, group]);
                for id in ids {
                    acknowledge.arg(id.to_string());
                }
                acknowledge
            }
            Self::Delete(key, id) => words(&["XDEL", key, &id.to_string()]),
            Self::Steal(key, id, thief, idle) => {
                let (id, idle) = (id.to_string(), idle.to_string());
                words(&["XCLAIM", key, own, thief, "0", &id, "IDLE", &idle])
            }
            Self::Destroy(key) => words(&["XGROUP", "DESTROY", key, own]),
            Self::Schedule(member, score) => {
                words(&["ZADD", &service.delayed, &score.to_string(), member])
            }
            Self::Pack(member, data) => {
                let mut set = words(&["HSET", &service.data, member]);
                set.arg(&**data);
                set
            }
            Self::Live(consumer, ttl) => {
                words(&["SET", &service.alive(consumer), "1", "PX", &ttl.to_string()])
            }
            Self::Die(consumer) => words(&["DEL", &service.alive(consumer)]),
        }
    }
}

fn words(all: &[&str]) -> Cmd {
    let mut command = Cmd::new();
    for word in all {
        command.arg(*word);
    }
    command
}
