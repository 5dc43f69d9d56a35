//! Commands as a server gets them: read from the wire, applied to the model, answered as Redis does.

use std::{collections::BTreeMap, sync::Arc};

use redis::{Arg, Cmd, Value};

use super::{
    call::ScriptCall,
    ids::Id,
    server::{Model, Refused},
    service::Service,
    streams::{Blob, Claim, Fields, Name},
};

/// The arguments of a command or script.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Args<'a>(pub(crate) &'a [Blob]);

impl Args<'_> {
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn text(&self, at: usize) -> &str {
        let bytes = self.0.get(at).expect("an argument is missing");
        std::str::from_utf8(bytes).expect("an argument is text")
    }

    pub(crate) fn name(&self, at: usize) -> Name {
        self.text(at).into()
    }

    pub(crate) fn number(&self, at: usize) -> u64 {
        self.text(at).parse().expect("an argument is a number")
    }

    pub(crate) fn count(&self, at: usize) -> usize {
        self.text(at).parse().expect("an argument is a count")
    }

    pub(crate) fn id(&self, at: usize) -> Id {
        self.text(at).parse().expect("an argument is an id")
    }

    /// Names and values from position `from` on.
    pub(crate) fn fields(&self, from: usize) -> Fields {
        let pairs = self.0[from..].chunks_exact(2);
        let owned = pairs.map(|pair| {
            let name = std::str::from_utf8(&pair[0]).expect("a field's name is text");
            (name.to_owned(), pair[1].clone())
        });
        Arc::new(owned.collect())
    }
}

/// A command, read.
#[derive(Clone, Debug)]
pub(crate) enum Command {
    Script(ScriptCall),
    /// The call of a script that the server does not know.
    Unloaded,
    Plain(Vec<Blob>),
}

/// The scripts that a server has loaded: their names by SHA-1.
pub(crate) type Loaded = BTreeMap<String, &'static str>;

impl Command {
    /// Reads a command; scripts are called by one of `services`, the first of which is the default.
    pub(crate) fn read(services: &[Service], loaded: &Loaded, command: &Cmd) -> Self {
        let args = command.args_iter().map(|arg| match arg {
            Arg::Simple(bytes) => bytes.to_vec(),
            Arg::Cursor | _ => panic!("no command of the runtime scans"),
        });
        let args: Vec<Blob> = args.collect();
        let all = Args(&args);
        if all.text(0) != "EVALSHA" {
            return Self::Plain(args);
        }
        let Some(name) = loaded.get(all.text(1)) else {
            return Self::Unloaded;
        };
        let behind = 3 + all.count(2);
        let keys: Vec<Name> = (3..behind).map(|at| all.name(at)).collect();
        Self::Script(ScriptCall::read(
            services,
            name,
            &keys,
            &Args(&args[behind..]),
        ))
    }

    /// Applies the command to the model. Returns its answer.
    pub(crate) fn apply(&self, service: &Service, model: &mut Model) -> Result<Value, Refused> {
        match self {
            Self::Script(call) => call.apply(service, model),
            Self::Unloaded => Err(Refused::NoScript),
            Self::Plain(args) => plain(model, &Args(args)),
        }
    }
}

fn plain(model: &mut Model, args: &Args<'_>) -> Result<Value, Refused> {
    Ok(match args.text(0) {
        "XADD" => {
            let id = (args.text(2) != "*").then(|| args.id(2));
            bulk(model.add(&args.name(1), id, args.fields(3))?.to_string())
        }
        "XREADGROUP" => read(model, args)?,
        "XACK" => {
            let ids: Vec<Id> = (3..args.len()).map(|at| args.id(at)).collect();
            int(model.acknowledge(args.text(1), args.text(2), &ids))
        }
        "XDEL" => int(u64::from(model.delete(args.text(1), args.id(2)))),
        "XCLAIM" => claim(model, args)?,
        "XPENDING" => pending(model, args)?,
        "XRANGE" => {
            assert_eq!(
                args.text(2),
                args.text(3),
                "the runtime looks up single entries"
            );
            let stream = model.streams.get(args.text(1));
            let found = stream.and_then(|stream| stream.entries.get(&args.id(2)));
            list(found.map(|fields| entry(args.id(2), fields)))
        }
        "XINFO" => {
            assert_eq!(args.text(1), "CONSUMERS");
            let group = model.group(args.text(2), args.text(3))?;
            let consumer = |name: &Name| {
                let pending = int(group.load(name));
                list([bulk("name"), bulk(&**name), bulk("pending"), pending])
            };
            list(group.consumers.iter().map(consumer))
        }
        "XGROUP" => {
            assert_eq!(args.text(1), "DESTROY");
            int(u64::from(model.destroy_group(args.text(2), args.text(3))?))
        }
        "ZADD" => {
            let (key, member) = (args.name(1), args.text(3));
            let queue = model.sorted.get(&key);
            let new = queue.is_none_or(|queue| !queue.contains_key(member));
            model.schedule(&key, member, args.number(2));
            int(u64::from(new))
        }
        "HSET" => {
            let (key, field) = (args.name(1), args.text(2));
            let new = model.hash_get(&key, field).is_none();
            model.hash_set(&key, field, args.0[3].clone());
            int(u64::from(new))
        }
        "HDEL" => {
            let fields = (2..args.len()).map(|at| args.text(at));
            let known = fields.filter(|field| model.hash_delete(args.text(1), field));
            int(known.count())
        }
        "HKEYS" => {
            let hash = model.hashes.get(args.text(1));
            list(hash.into_iter().flatten().map(|(field, _)| bulk(field)))
        }
        "SET" => {
            assert_eq!(args.text(3), "PX");
            model.set(args.text(1).to_owned(), args.text(2), args.number(4));
            Value::Okay
        }
        "DEL" => {
            let lived = model.get(args.text(1)).is_some();
            model.forget(args.text(1));
            int(u64::from(lived))
        }
        other => panic!("the model knows no {other}"),
    })
}

/// `XREADGROUP GROUP group consumer COUNT count [BLOCK ms] STREAMS key... >...`
fn read(model: &mut Model, args: &Args<'_>) -> Result<Value, Refused> {
    let streams = (6..args.len()).find(|at| args.text(*at) == "STREAMS");
    let first = streams.expect("streams to read") + 1;
    let keys = first..first + (args.len() - first) / 2;
    let keys: Vec<Name> = keys.map(|at| args.name(at)).collect();
    let read = model.read(&keys, args.text(2), &args.name(3), args.count(5))?;
    let of = |number: usize| read.iter().filter(move |(at, ..)| *at == number);
    let streams = (0..keys.len()).filter(|number| of(*number).next().is_some());
    let answers: Vec<Value> = streams
        .map(|number| {
            let entries = of(number).map(|(_, id, fields)| entry(*id, fields));
            list([bulk(&*keys[number]), list(entries)])
        })
        .collect();
    Ok(if answers.is_empty() {
        Value::Nil
    } else {
        list(answers)
    })
}

/// `XCLAIM key group consumer 0 id [IDLE ms] [RETRYCOUNT n] [JUSTID]`
fn claim(model: &mut Model, args: &Args<'_>) -> Result<Value, Refused> {
    let option = |name: &str| (6..args.len()).find(|at| args.text(*at) == name);
    let number = |name: &str| option(name).map(|at| args.number(at + 1));
    let how = Claim {
        idle: number("IDLE").unwrap_or(0),
        retry_count: number("RETRYCOUNT"),
        just_id: option("JUSTID").is_some(),
    };
    let (key, id) = (args.name(1), args.id(5));
    let moved = model.claim(&key, args.text(2), (&args.name(3), &[id]), how)?;
    Ok(if how.just_id {
        ids(&moved)
    } else {
        let entries = &model.streams[&key].entries;
        list(moved.iter().map(|id| entry(*id, &entries[id])))
    })
}

/// `XPENDING key group from to count [consumer]`; the idle time is left out.
fn pending(model: &Model, args: &Args<'_>) -> Result<Value, Refused> {
    let group = model.group(args.text(1), args.text(2))?;
    let bound = |text: &str, open: Id| match text.strip_prefix('(') {
        Some(before) => before.parse::<Id>().map(Id::next).unwrap_or(open),
        None => text.parse().unwrap_or(open),
    };
    let from = bound(args.text(3), Id::ZERO);
    let to = bound(args.text(4), Id::new(u64::MAX, u64::MAX));
    let consumer = (args.len() > 6).then(|| args.text(6));
    let rows = group.pending.range(from..).take_while(|(id, _)| **id <= to);
    let rows = rows.filter(|(_, row)| consumer.is_none_or(|name| *row.owner == *name));
    let rows = rows.take(args.count(5)).map(|(id, row)| {
        let idle = model.now - row.since;
        list([
            bulk(id.to_string()),
            bulk(&*row.owner),
            int(idle),
            int(row.count),
        ])
    });
    Ok(list(rows))
}

/// Text as a server answers it.
pub(crate) fn bulk(text: impl AsRef<[u8]>) -> Value {
    Value::BulkString(text.as_ref().to_vec())
}

/// A list as a server answers it.
pub(crate) fn list(items: impl IntoIterator<Item = Value>) -> Value {
    Value::Array(items.into_iter().collect())
}

/// A count as a server answers it.
pub(crate) fn int(count: impl TryInto<i64>) -> Value {
    Value::Int(count.try_into().ok().expect("small"))
}

/// An entry as a server answers it.
pub(crate) fn entry(id: Id, fields: &Fields) -> Value {
    list([bulk(id.to_string()), flat(fields)])
}

/// Fields as a server answers them.
pub(crate) fn flat(fields: &Fields) -> Value {
    let flat = fields.iter();
    list(flat.flat_map(|(name, value)| [bulk(name), bulk(value)]))
}

/// Ids as a server answers them.
pub(crate) fn ids(ids: &[Id]) -> Value {
    list(ids.iter().map(|id| bulk(id.to_string())))
}
