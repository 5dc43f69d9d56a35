//! Everything in Redis at one moment, and what a call changed.

use std::collections::BTreeMap;

use redis::{Value, aio::MultiplexedConnection, from_redis_value};

/// The values of all keys, and how far every group has come.
pub(crate) struct Dump {
    values: BTreeMap<String, String>,
    groups: BTreeMap<String, String>,
    pending: u64,
}

/// The difference between two dumps.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Effect {
    /// The keys whose value changed, in order, without the shop's prefix.
    pub(crate) keys: Vec<String>,
    /// Deliveries that were settled.
    pub(crate) acked: u64,
    /// Whether any group moved, by a settled delivery or otherwise.
    groups: bool,
}

impl Effect {
    /// Nothing written.
    pub(crate) const NOTHING: Self = Self {
        keys: Vec::new(),
        acked: 0,
        groups: false,
    };
    /// The delivery is settled, and that is all.
    pub(crate) const SETTLED: Self = Self {
        keys: Vec::new(),
        acked: 1,
        groups: true,
    };

    /// Asserts that the delivery was settled and exactly these keys changed.
    #[track_caller]
    pub(crate) fn settled_and_wrote(&self, expected: &[&str]) {
        assert_eq!(self.acked, 1, "{self:?} does not settle");
        self.wrote(expected);
    }

    /// Asserts that exactly these keys changed, in order; a last `*` stands for an id.
    #[track_caller]
    pub(crate) fn wrote(&self, expected: &[&str]) {
        let fits = |key: &String, pattern: &&str| match pattern.strip_suffix('*') {
            Some(start) => key.starts_with(start),
            None => key == pattern,
        };
        let all = self.keys.len() == expected.len()
            && self
                .keys
                .iter()
                .zip(expected)
                .all(|(key, one)| fits(key, one));
        assert!(all, "wrote {:?}, expected {expected:?}", self.keys);
    }
}

impl Dump {
    pub(super) async fn read(connection: &mut MultiplexedConnection) -> Self {
        let keys: Vec<String> = redis::cmd("KEYS")
            .arg("*")
            .query_async(connection)
            .await
            .unwrap();
        let mut pipe = redis::pipe();
        for key in &keys {
            pipe.cmd("TYPE").arg(key);
        }
        let types: Vec<String> = pipe.query_async(connection).await.unwrap();
        let mut pipe = redis::pipe();
        for (key, kind) in keys.iter().zip(&types) {
            match kind.as_str() {
                "string" => pipe.cmd("GET").arg(key),
                "hash" => pipe.cmd("HGETALL").arg(key),
                "zset" => pipe
                    .cmd("ZRANGE")
                    .arg(key)
                    .arg("0 -1 WITHSCORES".split(' ').collect::<Vec<_>>()),
                "stream" => pipe.cmd("XRANGE").arg(key).arg("-").arg("+"),
                other => unreachable!("{key} is a {other}, which the shop does not use"),
            };
        }
        let found: Vec<Value> = pipe.query_async(connection).await.unwrap();
        let mut dump = Self {
            values: BTreeMap::new(),
            groups: BTreeMap::new(),
            pending: 0,
        };
        for ((key, kind), value) in keys.iter().zip(&types).zip(found) {
            dump.values.insert(key.clone(), text(kind, value));
            if kind == "stream" {
                dump.read_groups(connection, key).await;
            }
        }
        dump
    }

    async fn read_groups(&mut self, connection: &mut MultiplexedConnection, key: &str) {
        let mut info = redis::cmd("XINFO");
        info.arg("GROUPS").arg(key);
        let groups: Vec<BTreeMap<String, Value>> = info.query_async(connection).await.unwrap();
        for group in &groups {
            let pending = group.get("pending").cloned().unwrap();
            self.pending += from_redis_value::<u64>(pending).unwrap();
        }
        self.groups.insert(key.to_owned(), format!("{groups:?}"));
    }

    pub(crate) fn since(&self, before: &Self) -> Effect {
        let changed = |key: &&String| self.values.get(*key) != before.values.get(*key);
        let all: std::collections::BTreeSet<&String> =
            self.values.keys().chain(before.values.keys()).collect();
        let short = |key: &String| {
            key.split_once("}:")
                .map_or_else(|| key.clone(), |(_, rest)| rest.to_owned())
        };
        let changed: Vec<&String> = all.into_iter().filter(changed).collect();
        // A new entry raises the lag of every group of its stream; that is the entry's doing.
        let moved = |key: &&String| {
            self.groups.get(*key) != before.groups.get(*key) && !changed.contains(key)
        };
        Effect {
            keys: changed.iter().map(|key| short(key)).collect(),
            acked: before.pending - self.pending,
            groups: self.groups.keys().any(|key| moved(&key)),
        }
    }
}

/// A value as text that is the same for the same content, whatever order a hash answers in.
fn text(kind: &str, value: Value) -> String {
    if kind == "hash" {
        let fields: BTreeMap<Vec<u8>, Vec<u8>> = from_redis_value(value).unwrap();
        format!("{fields:?}")
    } else {
        format!("{value:?}")
    }
}
