//! The scripts of the runtime, each alone against a real server.

mod checkpoint;
mod dead_letter;
mod discard;
mod drop_group;
mod ensure;
mod headers;
mod leadership;
mod lineage;
mod park;
mod peek;
mod poison;
mod postpone;
mod promote;
mod reclaim;
mod recover;
mod renew;
mod replay;
mod room;
mod settle;
mod sweep;
mod take;
mod takeover;
mod trim;
mod undo_claim;

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use redis::{FromRedisValue, ToRedisArgs, aio::MultiplexedConnection};
use streamward::{Reply, Script, Server};
use testkit::RedisServer;

const ORDERS: &str = "t:{0}:orders";
const INBOX: &str = "t:{0}:shipping:inbox";
const DEAD: &str = "t:{0}:shipping:dead";
const ATTEMPTS: &str = "t:{0}:shipping:attempts";
const DELAYED: &str = "t:{0}:shipping:delayed";
const DATA: &str = "t:{0}:shipping:delayed.data";
const POISON: &str = "t:{0}:shipping:poison";
const CHECKPOINTS: &str = "t:{0}:shipping:checkpoints";
const GROUP: &str = "shipping";
/// Milliseconds; longer than any test.
const LEASE: u64 = 60_000;

const PATIENCE: Duration = Duration::from_secs(20);

/// Path of a file below the package.
fn lua(path: &str) -> PathBuf {
    let root = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/lua"));
    root.join(path)
}

fn source(path: &str) -> String {
    let file = lua(path);
    std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// A private server with an order stream and its group.
struct TestServer {
    _redis: RedisServer,
    connection: MultiplexedConnection,
}

impl TestServer {
    async fn new() -> Self {
        let redis = RedisServer::start();
        // A plain connection gives up after half a second, which a busy machine may need.
        let server = Server::new(&redis.url()).expect("a good url");
        let connection = server.dedicated(PATIENCE).await.expect("it answers");
        let server = Self {
            _redis: redis,
            connection,
        };
        server.group(ORDERS, GROUP).await;
        server
    }

    async fn group(&self, stream: &str, group: &str) {
        let create = ["XGROUP", "CREATE", stream, group, "0", "MKSTREAM"];
        self.command::<()>(&create).await;
    }

    /// Runs one command that must succeed.
    async fn command<T: FromRedisValue>(&self, words: impl ToRedisArgs) -> T {
        let mut cmd = redis::Cmd::new();
        for word in words.to_redis_args() {
            cmd.arg(word);
        }
        let answer = cmd.query_async(&mut self.connection.clone()).await;
        answer.unwrap_or_else(|error| panic!("{error}"))
    }

    /// Runs the script of this name.
    async fn call(&self, name: &'static str, keys: &[&str], args: impl ToRedisArgs) -> Reply {
        let script = Script::with_includes(name, &source(&format!("{name}.lua")), &[]);
        let script = script.unwrap_or_else(|error| panic!("{error}"));
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
        self.command::<redis::Value>(words).await;
    }

    /// Puts one entry, with the fields `type` and `key`, into the hands of `consumer`.
    async fn deliver(&self, consumer: &str) -> String {
        let add = ["XADD", ORDERS, "*", "type", "Order", "key", "o-1"];
        let id = self.command(&add).await;
        self.read(ORDERS, GROUP, consumer, 1).await;
        id
    }

    /// Pending entries of the group: id, consumer, idle ms, deliveries.
    async fn pending(&self, stream: &str) -> Vec<(String, String, u64, u64)> {
        self.command(&["XPENDING", stream, GROUP, "-", "+", "10000"])
            .await
    }

    /// Returns entry, consumer and delivery count of each row of [`TestServer::pending`].
    async fn holders(&self, stream: &str) -> Vec<(String, String, u64)> {
        let pending = self.pending(stream).await.into_iter();
        pending
            .map(|(id, holder, _, deliveries)| (id, holder, deliveries))
            .collect()
    }

    /// Gives a pending entry to `consumer`, delivered for the `deliveries`-th time, as if it had
    /// been there for `idle` ms.
    async fn give(&self, stream: &str, id: &str, consumer: &str, deliveries: u64, idle: u64) {
        let (deliveries, idle) = (deliveries.to_string(), idle.to_string());
        let mut words = vec!["XCLAIM", stream, GROUP, consumer, "0", id, "IDLE", &idle];
        words.extend(["RETRYCOUNT", &deliveries, "JUSTID"]);
        let given: Vec<String> = self.command(words).await;
        assert_eq!(given, [id], "it is pending");
    }

    /// Notes an error history for an entry.
    async fn remember(&self, stream: &str, id: &str, history: &str) {
        let field = format!("{stream}/{id}");
        let words = ["HSET", ATTEMPTS, &field, history];
        self.command::<()>(&words).await;
    }

    async fn ids(&self, stream: &str) -> Vec<String> {
        // Field names need not be text.
        let entries: Vec<(String, redis::Value)> =
            self.command(&["XRANGE", stream, "-", "+"]).await;
        entries.into_iter().map(|(id, _)| id).collect()
    }

    /// The fields of the only entry of `stream`, in order.
    async fn only(&self, stream: &str) -> Vec<(String, String)> {
        let entries: Vec<(String, Vec<(String, String)>)> =
            self.command(&["XRANGE", stream, "-", "+"]).await;
        let [(_, fields)] = entries.try_into().expect("exactly one entry");
        fields
    }

    /// Everything the server holds, byte by byte.
    async fn dump(&self) -> BTreeMap<String, Vec<u8>> {
        let mut all = BTreeMap::new();
        for key in self.command::<Vec<String>>(&["KEYS", "*"]).await {
            let bytes = self.command(&["DUMP", &key]).await;
            all.insert(key, bytes);
        }
        all
    }
}

/// Builds the expected value of [`TestServer::holders`].
fn holders(rows: &[(&str, &str, u64)]) -> Vec<(String, String, u64)> {
    let owned = |(id, holder, n): &(&str, &str, u64)| ((*id).to_owned(), (*holder).to_owned(), *n);
    rows.iter().map(owned).collect()
}

fn pairs(fields: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    fields.iter().map(owned).collect()
}
