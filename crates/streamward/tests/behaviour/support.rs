//! A shop floor for tests: a private server, and one service on it.

use std::{collections::HashMap, time::Duration};

use redis::{FromRedisValue, ToRedisArgs, Value};
use streamward::{
    Consumer, Delivery, Envelope, Handler, Namespace, Outcome, PARKING, Partition, Runtime, Server,
    TraceParent, dead, inspect, publish,
};
use supervision::{Backoff, Node, NodeState, ShutdownReport, Tree};
use testkit::{RedisServer, eventually};

use crate::diary::{Acting, Diary};

pub(crate) const SERVICE: &str = "shipping";
/// A consumer that some other process might have.
pub(crate) const STRANGER: &str = "shipping@elsewhere#1-0";
/// Long against every test, so that only the mechanism under test brings an entry back.
pub(crate) const LEASE: Duration = Duration::from_secs(60);

/// Exactly 20 ms, 40 ms up to 200 ms.
pub(crate) fn quick() -> Backoff {
    Backoff::new(Duration::from_millis(20), Duration::from_millis(200), 0.0).expect("valid")
}

/// A private server with a runtime on it.
pub(crate) struct Floor {
    pub(crate) redis: RedisServer,
    pub(crate) runtime: Runtime,
    pub(crate) diary: Diary,
}

impl Floor {
    pub(crate) async fn new() -> Self {
        Self::on(RedisServer::start()).await
    }

    pub(crate) async fn on(redis: RedisServer) -> Self {
        let server = Server::new(&redis.url()).expect("a good url");
        let runtime = Runtime::open(server, &Namespace::default(), 1).await;
        Self {
            redis,
            runtime: runtime.expect("a good server"),
            diary: Diary::default(),
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
    pub(crate) fn service<F, R>(&self, act: F) -> Consumer<Acting<F>>
    where
        F: Fn(Delivery) -> R + Send + Sync + 'static,
        R: Future<Output = Outcome> + Send,
    {
        Consumer::new(SERVICE, Acting::new(act, &self.diary))
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

    /// Runs one command that must succeed.
    pub(crate) async fn ask<T: FromRedisValue>(&self, words: impl ToRedisArgs) -> T {
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

    /// Appends `count` orders and returns their keys.
    pub(crate) async fn publish_many(&self, count: usize) -> Vec<String> {
        let keys: Vec<String> = (0..count).map(|n| format!("order-{n}")).collect();
        for key in &keys {
            self.publish("Order", key).await;
        }
        keys
    }

    /// Entries of the orders that the service has not settled, whoever holds them.
    pub(crate) async fn pending(&self) -> Vec<Pending> {
        self.pending_in(&self.orders()).await
    }

    pub(crate) async fn pending_in(&self, stream: &str) -> Vec<Pending> {
        let rows: Vec<(String, String, u64, u64)> = self
            .ask(&["XPENDING", stream, SERVICE, "-", "+", "1000"])
            .await;
        let row = |(id, consumer, idle, deliveries)| Pending {
            id,
            consumer,
            idle,
            deliveries,
        };
        rows.into_iter().map(row).collect()
    }

    /// Waits until everything in the orders and the inbox was read and settled.
    pub(crate) async fn until_settled(&self) {
        for stream in [self.orders(), self.inbox()] {
            eventually(&format!("{stream} is settled"), || async {
                let mut link = self.runtime.server().link();
                let info = inspect::stream(&mut link, &stream).await.ok()??;
                let group = info.groups.into_iter().find(|g| g.group == SERVICE)?;
                (group.pending == 0 && group.lag == Some(0)).then_some(())
            })
            .await;
        }
    }

    pub(crate) async fn dead(&self) -> Vec<dead::DeadLetter> {
        let mut link = self.runtime.server().link();
        let letters = dead::list(&mut link, self.partition(), SERVICE, None, 100).await;
        letters.expect("the server answers")
    }

    /// Waits for the first dead letter.
    pub(crate) async fn until_dead(&self) -> dead::DeadLetter {
        eventually("a dead letter", || async { self.dead().await.pop() }).await
    }

    /// Names in the group that are not the parking consumer.
    pub(crate) async fn consumers(&self, stream: &str) -> Vec<String> {
        let rows: Vec<HashMap<String, Value>> =
            self.ask(&["XINFO", "CONSUMERS", stream, SERVICE]).await;
        let name = |row: HashMap<String, Value>| {
            String::from_redis_value(row["name"].clone()).expect("a name")
        };
        let mut names: Vec<String> = rows.into_iter().map(name).collect();
        names.retain(|name| name != PARKING);
        names
    }

    /// Lets `consumer` read new orders as a process does that then does nothing about them.
    pub(crate) async fn read_as(&self, consumer: &str, count: usize) {
        let (orders, count) = (self.orders(), count.to_string());
        let mut words = vec!["XREADGROUP", "GROUP", SERVICE, consumer];
        words.extend(["COUNT", &count, "STREAMS", &orders, ">"]);
        self.ask::<Value>(words).await;
    }

    /// Ends the service and checks the books: nothing was killed, nothing is pending or half
    /// remembered, and no consumer name is left behind.
    pub(crate) async fn close(self, tree: Tree) {
        self.until_settled().await;
        let report = tree.shutdown().await;
        assert_eq!(report, ShutdownReport::default());
        for stream in [self.orders(), self.inbox()] {
            assert_eq!(self.consumers(&stream).await, Vec::<String>::new());
        }
        let attempts: usize = self
            .ask(&["HLEN", &self.partition().attempts(SERVICE)])
            .await;
        assert_eq!(attempts, 0, "an error history outlived its entry");
    }
}

/// One pending entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pending {
    pub(crate) id: String,
    pub(crate) consumer: String,
    pub(crate) idle: u64,
    pub(crate) deliveries: u64,
}

pub(crate) fn at(tree: &Tree, path: &str) -> Node {
    let snapshot = tree.snapshot();
    let found = snapshot.at(path).cloned();
    found.unwrap_or_else(|| panic!("{path} is not there"))
}

pub(crate) async fn until_restarted(tree: &Tree, path: &str, restarts: u32) {
    eventually(&format!("{path} was restarted {restarts} times"), || async {
        let node = at(tree, path);
        let up = node.restarts >= restarts && node.state == NodeState::Running;
        up.then_some(())
    })
    .await;
}
