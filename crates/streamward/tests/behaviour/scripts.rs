//! The scripts of `lua/streams`, each alone against a real server.

mod bury;
mod headers;
mod park;
mod peek;
mod promote;
mod reclaim;
mod replay;
mod takeover;
mod trim;

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use redis::{FromRedisValue, ToRedisArgs, aio::MultiplexedConnection};
use streamward::{Reply, Script, Server};
use testkit::RedisServer;

const ORDERS: &str = "t:{0}:orders";
const INBOX: &str = "t:{0}:shipping:inbox";
const DEAD: &str = "t:{0}:shipping:dead";
const ATTEMPTS: &str = "t:{0}:shipping:attempts";
const GROUP: &str = "shipping";
/// Milliseconds; longer than any test.
const LEASE: u64 = 60_000;

const PATIENCE: Duration = Duration::from_secs(20);

/// Where a script of the repository lies.
fn lua(path: &str) -> PathBuf {
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../lua"));
    root.join(path)
}

fn source(path: &str) -> String {
    let file = lua(path);
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// A private server with an order stream and its group.
struct Bench {
    _redis: RedisServer,
    connection: MultiplexedConnection,
}

impl Bench {
    async fn new() -> Self {
        let redis = RedisServer::start();
        // A plain connection gives up after half a second, which a busy machine may need.
        let server = Server::new(&redis.url()).expect("a good url");
        let connection = server.dedicated(PATIENCE).await.expect("it answers");
        let bench = Self {
            _redis: redis,
            connection,
        };
        bench.group(ORDERS, GROUP).await;
        bench
    }

    async fn group(&self, stream: &str, group: &str) {
        let create = ["XGROUP", "CREATE", stream, group, "0", "MKSTREAM"];
        self.ask::<()>(&create).await;
    }

    /// Runs one command that must succeed.
    async fn ask<T: FromRedisValue>(&self, words: impl ToRedisArgs) -> T {
        let mut cmd = redis::Cmd::new();
        for word in words.to_redis_args() {
            cmd.arg(word);
        }
        let answer = cmd.query_async(&mut self.connection.clone()).await;
        answer.unwrap_or_else(|error| panic!("{error}"))
    }

    /// Runs the script of this name.
    async fn call(&self, name: &'static str, keys: &[&str], args: impl ToRedisArgs) -> Reply {
        let script = Script::new(name, &[&source(&format!("streams/{name}.lua"))]);
        let answer = script
            .call(keys)
            .arg(args)
            .run(&mut self.connection.clone())
            .await;
        answer.unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Appends the entries `1-0`, `2-0`, up to `count`.
    async fn fill(&self, stream: &str, count: usize) {
        let mut pipe = redis::pipe();
        for n in 1..=count {
            pipe.xadd(stream, format!("{n}-0"), &[("type", "Order")])
                .ignore();
        }
        let filled = pipe.query_async::<()>(&mut self.connection.clone()).await;
        filled.unwrap_or_else(|error| panic!("{error}"));
    }

    /// Lets `consumer` of `group` read `count` new entries of `stream`.
    async fn read(&self, stream: &str, group: &str, consumer: &str, count: usize) {
        let count = count.to_string();
        let mut words = vec!["XREADGROUP", "GROUP", group, consumer];
        words.extend(["COUNT", &count, "STREAMS", stream, ">"]);
        self.ask::<redis::Value>(words).await;
    }

    /// Puts one entry, with the fields `type` and `key`, into the hands of `consumer`.
    async fn deliver(&self, consumer: &str) -> String {
        let add = ["XADD", ORDERS, "*", "type", "Order", "key", "o-1"];
        let id = self.ask(&add).await;
        self.read(ORDERS, GROUP, consumer, 1).await;
        id
    }

    /// Pending entries of the group: id, consumer, idle ms, deliveries.
    async fn pending(&self, stream: &str) -> Vec<(String, String, u64, u64)> {
        self.ask(&["XPENDING", stream, GROUP, "-", "+", "10000"])
            .await
    }

    async fn ids(&self, stream: &str) -> Vec<String> {
        let entries: redis::streams::StreamRangeReply =
            self.ask(&["XRANGE", stream, "-", "+"]).await;
        entries.ids.into_iter().map(|entry| entry.id).collect()
    }

    /// The fields of the only entry of `stream`, in order.
    async fn only(&self, stream: &str) -> Vec<(String, String)> {
        let entries: Vec<(String, Vec<(String, String)>)> =
            self.ask(&["XRANGE", stream, "-", "+"]).await;
        let [(_, fields)] = entries.try_into().expect("exactly one entry");
        fields
    }

    /// Everything the server holds, byte by byte.
    async fn dump(&self) -> BTreeMap<String, Vec<u8>> {
        let mut all = BTreeMap::new();
        for key in self.ask::<Vec<String>>(&["KEYS", "*"]).await {
            let bytes = self.ask(&["DUMP", &key]).await;
            all.insert(key, bytes);
        }
        all
    }
}

fn pairs(fields: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    fields.iter().map(owned).collect()
}
