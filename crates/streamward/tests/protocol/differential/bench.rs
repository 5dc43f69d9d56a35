//! The real side: a private server with the real scripts.

use redis::{Cmd, Connection, Value};
use testkit::RedisServer;

use super::state::Visible;
use crate::{
    protocol::model::{Name, Refused},
    scripts,
};

/// Everything that is under these keys, in an order that does not depend on hashing.
const LOOK: &str = r"
local function sorted(flat)
  local pairs_of = {}
  for i = 1, #flat, 2 do
    pairs_of[#pairs_of + 1] = { flat[i], flat[i + 1] }
  end
  table.sort(pairs_of, function(a, b) return a[1] < b[1] end)
  return pairs_of
end
local function named(flat, name)
  for i = 1, #flat, 2 do
    if flat[i] == name then
      return flat[i + 1]
    end
  end
end
local function group_of(key, info)
  local name, consumers, pending = named(info, 'name'), {}, {}
  for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', key, name)) do
    consumers[#consumers + 1] = named(consumer, 'name')
  end
  for i, row in ipairs(redis.call('XPENDING', key, name, '-', '+', 1000)) do
    pending[i] = { row[1], row[2], math.floor(row[3] / 1800000), row[4] }
  end
  return { name, named(info, 'last-delivered-id'), consumers, pending }
end
local all = {}
for i, key in ipairs(KEYS) do
  local kind = redis.call('TYPE', key).ok
  if kind == 'stream' then
    local groups = {}
    for n, info in ipairs(redis.call('XINFO', 'GROUPS', key)) do
      groups[n] = group_of(key, info)
    end
    local last = named(redis.call('XINFO', 'STREAM', key), 'last-generated-id')
    all[i] = { kind, last, redis.call('XRANGE', key, '-', '+'), groups }
  elseif kind == 'hash' then
    all[i] = { kind, sorted(redis.call('HGETALL', key)) }
  elseif kind == 'zset' then
    all[i] = { kind, sorted(redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')) }
  elseif kind == 'string' then
    all[i] = { kind, redis.call('GET', key) }
  else
    all[i] = { kind }
  end
end
return all
";

/// A server with all scripts loaded.
pub(super) struct Bench {
    _redis: RedisServer,
    connection: Connection,
    look: String,
    started: u64,
}

impl Bench {
    pub(super) fn new() -> Self {
        // One entry per node: "trim whole nodes" is then "trim all".
        let redis =
            RedisServer::start_with(&["--appendonly", "no", "--stream-node-max-entries", "1"]);
        let client = redis::Client::open(redis.url()).expect("a good url");
        let mut connection = client.get_connection().expect("it answers");
        for script in scripts::ALL {
            load(&mut connection, script.source());
        }
        Self {
            look: load(&mut connection, LOOK),
            _redis: redis,
            connection,
            started: 0,
        }
    }

    /// Empties the server; returns what its clock says.
    pub(super) fn reset(&mut self) -> u64 {
        let flush = redis::cmd("FLUSHALL").query::<()>(&mut self.connection);
        flush.expect("it forgets everything");
        let time = redis::cmd("TIME").query(&mut self.connection);
        let (seconds, micros): (u64, u64) = time.expect("it knows the time");
        self.started = seconds * 1000 + micros / 1000;
        self.started
    }

    /// Runs a command.
    pub(super) fn run(&mut self, command: &Cmd) -> Result<Value, Refused> {
        command
            .query::<Value>(&mut self.connection)
            .map_err(|error| {
                let message = error.to_string();
                let says = |words: &str| message.contains(words);
                if says("NOGROUP") || says("no such key") || says("requires the key to exist") {
                    Refused::NoGroup
                } else if says("equal or smaller") {
                    Refused::OldId
                } else {
                    panic!("{message}")
                }
            })
    }

    /// Returns the current values.
    pub(super) fn visible(&mut self, keys: &[Name]) -> Visible {
        let mut look = redis::cmd("EVALSHA");
        look.arg(&self.look).arg(keys.len());
        for key in keys {
            look.arg(&**key);
        }
        let answer = look.query(&mut self.connection);
        let answer = answer.expect("it shows everything");
        Visible::of_server(keys, answer, self.started)
    }
}

fn load(connection: &mut Connection, source: &str) -> String {
    let mut load = redis::cmd("SCRIPT");
    load.arg("LOAD").arg(source);
    load.query(connection).expect("the script compiles")
}
