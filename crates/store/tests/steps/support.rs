//! A shop on a redis-server of its own, and the deliveries that its services would get.

mod coupons;
mod dump;
mod goods;
mod merchants;
mod order_states;
mod services;

use std::fmt::Debug;

use contracts::{OrderId, Service, Topic, event::Message};
use redis::{aio::MultiplexedConnection, streams::StreamReadReply};
use serde::{Serialize, de::DeserializeOwned};
use store::Step;
use streamward::{
    Delivery, Envelope, Namespace, Partition, RawEntry, Receipt, Runtime, Server, SharedConnection,
    TraceParent, groups, inspect, pack, publish, unpack,
};
use testkit::RedisServer;

pub(crate) use coupons::{coupon, doc_with};
pub(crate) use dump::{Dump, Effect};
pub(crate) use goods::{customer, doc, eur, line, product, unknown_order};
pub(crate) use merchants::{BODY, subscription};
pub(crate) use services::{
    ASKING, LOW_STOCK, TIME_TO_PAY, URL, callback, end_reservation, failure,
};

/// A shop without any running service: the test does what they would do, step by step.
pub(crate) struct Shop {
    pub(crate) runtime: Runtime,
    _server: RedisServer,
    connection: MultiplexedConnection,
}

impl Shop {
    pub(crate) async fn open() -> Self {
        Self::with_partitions(1).await
    }

    pub(crate) async fn with_partitions(partitions: u16) -> Self {
        Self::set_up(&Namespace::default(), partitions).await
    }

    pub(crate) async fn named(namespace: &str) -> Self {
        Self::set_up(&Namespace::new(namespace).unwrap(), 1).await
    }

    async fn set_up(namespace: &Namespace, partitions: u16) -> Self {
        let redis = RedisServer::start();
        let server = Server::new(&redis.url()).unwrap();
        let opened = Runtime::open(server, namespace, partitions).await;
        let runtime = opened.unwrap();
        let mut link = runtime.server().link();
        for partition in runtime.partitions() {
            for service in Service::ALL {
                let inbox = partition.inbox(service.name());
                let streams = service.reads().map(|name| partition.stream(name));
                let all: Vec<String> = streams.chain([inbox]).collect();
                groups::ensure(&mut link, partition, service.name(), &all)
                    .await
                    .unwrap();
            }
        }
        let connection = redis.connection().await;
        Self {
            runtime,
            _server: redis,
            connection,
        }
    }

    pub(crate) fn link(&self) -> SharedConnection {
        self.runtime.server().link()
    }

    pub(crate) fn partition(&self) -> &Partition {
        &self.runtime.partitions()[0]
    }

    /// Runs a plain command, for looking and poking.
    pub(crate) async fn redis<T: redis::FromRedisValue>(&self, words: &[&str]) -> T {
        let mut cmd = redis::cmd(words[0]);
        cmd.arg(&words[1..]);
        cmd.query_async(&mut self.connection.clone()).await.unwrap()
    }

    pub(crate) async fn dump(&self) -> Dump {
        Dump::read(&mut self.connection.clone()).await
    }

    /// Makes a call and says what it did to Redis.
    pub(crate) async fn observe<T>(
        &self,
        call: impl Future<Output = store::Result<T>>,
    ) -> (T, Effect) {
        let before = self.dump().await;
        let answer = call.await.unwrap();
        (answer, self.dump().await.since(&before))
    }

    /// Runs a step on a delivery, and once more on the same one.
    ///
    /// A step that settled its delivery must answer `stale` to the second run and change nothing. One
    /// that did not settle it must have changed nothing at all, and answer the same again.
    pub(crate) async fn step<'a, T: Debug + PartialEq, F>(
        &'a self,
        delivery: &'a Delivery,
        order: &'a OrderId,
        stale: T,
        run: impl Fn(Step<'a>) -> F,
    ) -> (T, Effect)
    where
        F: Future<Output = store::Result<T>>,
    {
        let (first, effect) = self.observe(run(self.at(delivery, order))).await;
        let (second, again) = self.observe(run(self.at(delivery, order))).await;
        assert_eq!(again, Effect::NOTHING, "a second run after {first:?}");
        if effect.acked == 1 {
            assert_eq!(second, stale, "a second run after {first:?}");
        } else {
            assert_eq!(effect, Effect::NOTHING, "{first:?} did not settle");
            assert_eq!(second, first);
        }
        (first, effect)
    }

    pub(crate) fn at<'a>(&'a self, delivery: &'a Delivery, order: &'a OrderId) -> Step<'a> {
        Step::new(&self.runtime, delivery, order).unwrap()
    }

    /// Everything that `service` has not read of a stream yet, delivered to it.
    pub(crate) async fn deliveries(&self, stream: &str, service: Service) -> Vec<Delivery> {
        let words = ["XREADGROUP", "GROUP", service.name(), "test", "STREAMS"];
        let reply: Option<StreamReadReply> =
            self.redis(&[&words[..], &[stream, ">"]].concat()).await;
        let read = reply.map_or_else(Vec::new, |reply| reply.keys);
        let mut deliveries = Vec::new();
        for id in read.into_iter().flat_map(|key| key.ids) {
            let found = inspect::range(&mut self.link(), stream, (&id.id, &id.id), 1).await;
            deliveries.push(Delivery {
                receipt: Receipt {
                    stream: stream.into(),
                    group: service.name().into(),
                    consumer: "test".into(),
                    id: id.id,
                    deliveries: 1,
                },
                entry: found.unwrap().remove(0),
                attempts: 0,
            });
        }
        deliveries
    }

    /// The newest entry of a stream, or of a context's topics, delivered to `service`; it must not have
    /// read it yet.
    pub(crate) async fn deliver(&self, stream: &str, service: Service) -> Delivery {
        let mut found = Vec::new();
        for name in subscribed(stream, service) {
            let stream = self.partition().stream(name);
            found.extend(self.deliveries(&stream, service).await);
        }
        found.sort_by(|one, other| inspect::by_time(&one.entry, &other.entry));
        found.pop().unwrap()
    }

    /// A new entry about `order`, delivered to `service`. Steps read its receipt only.
    pub(crate) async fn about(&self, order: &OrderId, stream: &str, service: Service) -> Delivery {
        let partition = self.runtime.partition(order.partition()).unwrap();
        let stream = partition.stream(subscribed(stream, service)[0]);
        let envelope = Envelope::next(TraceParent::start());
        let (mut link, kind) = (self.link(), ("Nudge", 1));
        publish(&mut link, &stream, kind, order.as_str(), &envelope, &())
            .await
            .unwrap();
        self.deliveries(&stream, service).await.pop().unwrap()
    }

    /// The newest `n` entries of a stream, or of a context's topics, oldest first.
    pub(crate) async fn newest(&self, stream: &str, n: usize) -> Vec<RawEntry> {
        let mut all = testkit::entries(&self.runtime, stream).await;
        all.split_off(all.len().saturating_sub(n))
    }

    /// The newest event of a stream or context, as a consumer reads it.
    pub(crate) async fn event<E>(&self, stream: &str) -> E
    where
        E: Message + Serialize + DeserializeOwned + Debug + PartialEq,
    {
        let topic = Topic::in_context(stream).find(|topic| topic.event == E::KIND);
        let name = topic.map_or(stream, |topic| topic.name);
        read(self.newest(name, 1).await.first().unwrap())
    }
}

/// The topics of a context that `service` subscribes to; a name that is no context unchanged.
fn subscribed(stream: &str, service: Service) -> Vec<&str> {
    let topics = Topic::read_by(service).filter(|topic| topic.context() == stream);
    let names: Vec<&str> = topics.map(|topic| topic.name).collect();
    if names.is_empty() {
        vec![stream]
    } else {
        names
    }
}

/// Decodes an entry and checks what every event has: type, version, id, time, trace, and that the
/// message survives being packed again.
pub(crate) fn read<E>(entry: &RawEntry) -> E
where
    E: Message + Serialize + DeserializeOwned + Debug + PartialEq,
{
    assert_eq!((entry.kind(), entry.version()), (E::KIND, E::VERSION));
    assert_eq!(entry.text("id").len(), 26, "an event id");
    assert!(entry.text("at").ends_with('Z'), "{}", entry.text("at"));
    assert_eq!(entry.text("tp").len(), 55, "{}", entry.text("tp"));
    let event: E = unpack(entry.data()).unwrap();
    let again = pack(E::KIND, &event).unwrap();
    assert_eq!(unpack::<E>(&again).as_ref(), Ok(&event));
    event
}
