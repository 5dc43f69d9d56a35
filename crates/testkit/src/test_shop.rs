//! Shop for the tests of one service's handler: a private redis-server and a runtime on it.

use contracts::{
    Contact, Currency, CustomerId, Line, OrderDocument, OrderId, Service, Topic, event::Message,
};
use serde::Serialize;
use streamward::{
    Delivery, Envelope, Handler, Inbound, Namespace, Outcome, Partition, RawEntry, Receipt,
    Runtime, Script, Server, TraceParent, clock, groups, inspect, publish,
};

use crate::RedisServer;

/// A private redis-server with the consumer group of one service.
///
/// Deliveries are read and handled by the test, one at a time; no consumer runs.
#[derive(Debug)]
pub struct TestShop {
    _redis: RedisServer,
    runtime: Runtime,
    service: Service,
}

impl TestShop {
    /// Starts a server with the streams of `service`.
    pub async fn start(service: Service) -> Self {
        let redis = RedisServer::start();
        let server = Server::new(&redis.url()).expect("a server's URL");
        let runtime = Runtime::open(server, &Namespace::default(), 1).await;
        let runtime = runtime.expect("an empty server");
        let partition = &runtime.partitions()[0];
        let streams = service.reads().map(|name| partition.stream(name));
        let streams: Vec<_> = streams.chain([partition.inbox(service.name())]).collect();
        let mut link = runtime.server().link();
        let created = groups::ensure(&mut link, partition, service.name(), &streams).await;
        created.expect("groups on an empty server");
        Self {
            _redis: redis,
            runtime,
            service,
        }
    }

    /// Returns the runtime.
    pub const fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// Returns the only partition.
    pub fn partition(&self) -> &Partition {
        &self.runtime.partitions()[0]
    }

    /// Writes a message and delivers it for the first time: to the inbox `<service>:inbox`, or, when
    /// `stream` is a context, to the topic by which the service receives such a message.
    pub async fn deliver<M>(&self, stream: &str, key: &str, message: &M) -> Delivery
    where
        M: Message + Serialize + Sync,
    {
        let subscribed = Topic::read_by(self.service).find(|topic| topic.event == M::KIND);
        let topic = subscribed.filter(|topic| topic.context() == stream);
        let stream = self
            .partition()
            .stream(topic.map_or(stream, |topic| topic.name));
        let envelope = Envelope::next(TraceParent::start());
        let (mut link, kind) = (self.runtime.server().link(), (M::KIND, M::VERSION));
        let published = publish(&mut link, &stream, kind, key, &envelope, message).await;
        published.expect("a published message");
        self.read(&stream).await.remove(0)
    }

    /// Delivers every new entry of the stream at this key.
    pub async fn read(&self, stream: &str) -> Vec<Delivery> {
        let group = self.service.name();
        let read = groups::Read {
            group,
            consumer: "w",
            count: 100,
            block_ms: None,
        };
        let mut link = self.runtime.server().link();
        let found = groups::read_new(&mut link, read, &[stream]).await;
        let entries = found.expect("entries").into_iter().flat_map(|(_, all)| all);
        let delivery = |entry: RawEntry| Delivery {
            receipt: Receipt {
                stream: stream.into(),
                group: group.into(),
                consumer: "w".into(),
                id: entry.id.clone(),
                deliveries: 1,
            },
            entry,
            attempts: 0,
        };
        entries.map(delivery).collect()
    }

    /// Returns the newest entries of the stream of this name, or of all topics of a context, oldest
    /// first.
    pub async fn entries(&self, stream: &str) -> Vec<RawEntry> {
        entries(&self.runtime, stream).await
    }

    /// Returns the number of deliveries that are not settled in the stream of this name.
    pub async fn pending(&self, stream: &str) -> u64 {
        let stream = self.partition().stream(stream);
        let mut link = self.runtime.server().link();
        let info = inspect::stream(&mut link, &stream).await;
        info.expect("a reply").expect("a stream").groups[0].pending
    }

    /// Runs a script and returns the number or list that follows the tag of its reply.
    pub async fn eval<T>(&self, source: &str, keys: &[String], args: &[&str]) -> T
    where
        T: redis::FromRedisValue,
    {
        let script = Script::with_includes("test", source, &[]).expect("a script");
        let mut call = script.call(keys);
        for arg in args {
            call = call.arg(*arg);
        }
        let reply = call.run(&mut self.runtime.server().link()).await;
        reply.expect("a reply").take().expect("a value")
    }
}

/// Returns the newest entries of the stream of this name, or of all topics of a context, oldest first, in
/// the first partition.
pub async fn entries(runtime: &Runtime, stream: &str) -> Vec<RawEntry> {
    let (mut link, partition) = (runtime.server().link(), &runtime.partitions()[0]);
    let mut all = Vec::new();
    for name in Topic::names_of(stream) {
        let found = inspect::newest(&mut link, &partition.stream(name), 1000).await;
        all.extend(found.expect("entries"));
    }
    all.sort_by(inspect::by_time);
    all
}

/// Decodes and handles a delivery, as a worker does.
pub async fn handle<H: Handler>(handler: &H, delivery: &Delivery) -> Outcome {
    let entry = &delivery.entry;
    let message = H::Message::decode(entry.kind(), entry.version(), entry.data());
    handler.handle(message.expect("a message"), delivery).await
}

/// Returns the next delivery of the same entry, as after a crash or a retry.
#[must_use]
pub fn redelivered(delivery: &Delivery) -> Delivery {
    let mut again = delivery.clone();
    again.receipt.deliveries += 1;
    again.attempts += 1;
    again
}

/// Returns the id of a new order.
pub fn new_order_id() -> OrderId {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let random = NEXT.fetch_add(1, Ordering::Relaxed);
    OrderId::new(0, clock::now_ms(), u128::from(random))
}

/// Returns an order of two mugs at 14.90 EUR, with neither phone nor coupon.
pub fn order_document() -> OrderDocument {
    OrderDocument {
        customer_id: CustomerId::new(1_732_000_000_000, 8),
        contact: Contact {
            name: "Ada".to_owned(),
            email: "ada@example.com".to_owned(),
            phone: None,
        },
        items: vec![Line {
            product_id: "mug-01".parse().expect("a product id"),
            name: "Mug".to_owned(),
            quantity: 2,
            unit_price: 1490,
        }],
        currency: Currency::EUR,
        coupon: None,
        subtotal: 2980,
        discount: 0,
    }
}
