//! A private redis-server with one service on it.

mod state;

use std::time::Duration;

use redis::{FromRedisValue, ToRedisArgs, Value};
use streamward::{
    Consumer, Delivery, Envelope, Handler, Namespace, Outcome, Partition, Runtime, Server,
    TraceParent, pack, publish,
};
use supervision::{Backoff, Node, NodeState, Tree};
use testkit::{RedisServer, eventually};

pub(crate) use self::state::Pending;
use crate::call_log::{CallLog, TestHandler};

pub(crate) const SERVICE: &str = "shipping";
/// A consumer name of another process.
pub(crate) const STRANGER: &str = "shipping@elsewhere#1-0";
/// Long against every test, so that only the mechanism under test brings an entry back.
pub(crate) const LEASE: Duration = Duration::from_secs(60);

/// Exactly 20 ms, 40 ms up to 200 ms.
pub(crate) fn quick() -> Backoff {
    Backoff::new(Duration::from_millis(20), Duration::from_millis(200), 0.0).expect("valid")
}

/// A private server with a runtime on it.
pub(crate) struct Harness {
    pub(crate) redis: RedisServer,
    pub(crate) runtime: Runtime,
    pub(crate) calls: CallLog,
}

impl Harness {
    pub(crate) async fn new() -> Self {
        Self::on(RedisServer::start()).await
    }

    pub(crate) async fn on(redis: RedisServer) -> Self {
        let server = Server::new(&redis.url()).expect("a good url");
        let runtime = Runtime::open(server, &Namespace::default(), 1).await;
        Self {
            redis,
            runtime: runtime.expect("a good server"),
            calls: CallLog::default(),
        }
    }

    pub(crate) fn partition(&self) -> &Partition {
        &self.runtime.partitions()[0]
    }

    pub(crate) fn orders(&self) -> String {
        self.partition().stream("orders")
    }

    pub(crate) fn inbox(&self) -> String {
        self.partition().inbox(SERVICE)
    }

    /// The service with four workers, quick retries and a lease longer than any test.
    pub(crate) fn service<F, R>(&self, act: F) -> Consumer<TestHandler<F>>
    where
        F: Fn(Delivery) -> R + Send + Sync + 'static,
        R: Future<Output = Outcome> + Send,
    {
        Consumer::new(SERVICE, TestHandler::new(act, &self.calls))
            .reads(["orders"])
            .concurrency(4)
            .lease(LEASE)
            .backoff(quick())
            .heartbeat(Duration::from_secs(1))
    }

    /// Starts the service.
    pub(crate) async fn run<H: Handler>(&self, consumer: &Consumer<H>) -> Tree {
        let tree = consumer.tree(&self.runtime).await.expect("good settings");
        tree.start().await.expect("starts")
    }

    /// Makes the service's groups, without running it.
    pub(crate) async fn make_groups<H: Handler>(&self, consumer: &Consumer<H>) {
        drop(consumer.tree(&self.runtime).await.expect("good settings"));
    }

    /// Runs one command that must succeed.
    pub(crate) async fn command<T: FromRedisValue>(&self, words: impl ToRedisArgs) -> T {
        let mut args = words.to_redis_args().into_iter();
        let name = args.next().expect("a command has a name");
        let mut cmd = redis::Cmd::new();
        cmd.arg(name);
        for arg in args {
            cmd.arg(arg);
        }
        let answer = cmd.query_async(&mut self.runtime.server().link()).await;
        answer.unwrap_or_else(|error| panic!("{error}"))
    }

    /// Appends a message to the orders.
    pub(crate) async fn publish(&self, kind: &'static str, key: &str) -> String {
        let envelope = Envelope::next(TraceParent::start());
        let mut link = self.runtime.server().link();
        let written = publish(&mut link, &self.orders(), (kind, 1), key, &envelope, &key).await;
        written.expect("the server takes it")
    }

    /// Appends `count` orders in one step and returns their keys.
    pub(crate) async fn publish_many(&self, count: usize) -> Vec<String> {
        let keys: Vec<String> = (0..count).map(|n| format!("order-{n}")).collect();
        let mut pipe = redis::pipe();
        pipe.atomic();
        for key in &keys {
            let data = pack("Order", key).expect("packs");
            let fields: [(&str, &[u8]); 4] = [
                ("type", b"Order"),
                ("v", b"1"),
                ("key", key.as_bytes()),
                ("data", &data),
            ];
            pipe.xadd(self.orders(), "*", &fields).ignore();
        }
        let written = pipe
            .query_async::<()>(&mut self.runtime.server().link())
            .await;
        written.unwrap_or_else(|error| panic!("{error}"));
        keys
    }

    /// Lets `consumer` read new orders as a process does that then does nothing about them.
    pub(crate) async fn read_as(&self, consumer: &str, count: usize) {
        let (orders, count) = (self.orders(), count.to_string());
        let mut words = vec!["XREADGROUP", "GROUP", SERVICE, consumer];
        words.extend(["COUNT", &count, "STREAMS", &orders, ">"]);
        self.command::<Value>(words).await;
    }
}

pub(crate) fn at(tree: &Tree, path: &str) -> Node {
    let snapshot = tree.snapshot();
    let found = snapshot.at(path).cloned();
    found.unwrap_or_else(|| panic!("{path} is not there"))
}

/// Restarts of all workers together.
pub(crate) fn worker_restarts(tree: &Tree) -> u32 {
    let nodes = at(tree, "").children.into_iter();
    let workers = nodes.filter(|node| node.name.starts_with("worker-"));
    workers.map(|worker| worker.restarts).sum()
}

pub(crate) async fn until_restarted(tree: &Tree, path: &str, restarts: u32) {
    eventually(
        &format!("{path} was restarted {restarts} times"),
        || async {
            let node = at(tree, path);
            let up = node.restarts >= restarts && node.state == NodeState::Running;
            up.then_some(())
        },
    )
    .await;
}

/// Asks `probe` again and again for `time`: what must not happen has that long to happen.
pub(crate) async fn throughout<F: Future<Output = ()>>(time: Duration, probe: impl Fn() -> F) {
    let end = tokio::time::Instant::now() + time;
    while tokio::time::Instant::now() < end {
        probe().await;
        tokio::task::yield_now().await;
    }
}
