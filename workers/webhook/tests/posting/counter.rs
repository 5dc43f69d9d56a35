//! A webhook handler on a private Redis, events for it, and the attempts that follow.

use std::{sync::Arc, time::Duration};

use contracts::{
    Contact, Currency, CustomerId, EventSelection, Line, OrderDocument, OrderId, PaymentId,
    WebhookId,
    event::{Message, OrderConfirmed, OrderPlaced},
};
use egress::Policy;
use serde::Serialize;
use store::webhook::{self, Circuit, DeliveryLog, Subscription};
use streamward::{
    Delivery, Envelope, Handler, Inbound, Namespace, Outcome, Partition, Receipt, Runtime, Script,
    Server, TraceParent, clock, groups, publish,
};
use testkit::RedisServer;
use webhook_worker::{Schedule, Sender, Settings, WebhookHandler, WebhookMessage};

pub(crate) const GROUP: &str = "webhook";
/// 32 bytes, as the API makes them.
pub(crate) const SECRET: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
const OPEN: Policy = Policy {
    allow_http: true,
    allow_private: true,
};

/// Three attempts; the circuit opens behind the fifth failure.
fn settings() -> Settings {
    Settings {
        schedule: Schedule::new(vec![Duration::from_secs(5), Duration::from_secs(300)]),
        circuit: Circuit {
            room: 2,
            opens: 5,
            lease: Duration::from_secs(60),
        },
        ..Settings::default()
    }
}

/// The handler's counter.
pub(crate) struct Counter {
    _redis: RedisServer,
    pub(crate) runtime: Runtime,
    handler: WebhookHandler,
}

impl Counter {
    /// One that may post anywhere, and waits a second for an answer.
    pub(crate) async fn open() -> Self {
        Self::with(OPEN, Duration::from_secs(1)).await
    }

    pub(crate) async fn with(policy: Policy, timeout: Duration) -> Self {
        let redis = RedisServer::start();
        let server = Server::new(&redis.url()).unwrap();
        let opened = Runtime::open(server, &Namespace::default(), 1).await;
        let runtime = opened.unwrap();
        let partition = &runtime.partitions()[0];
        let streams = [partition.stream("orders"), partition.inbox(GROUP)];
        let mut link = runtime.server().link();
        groups::ensure(&mut link, partition, GROUP, &streams)
            .await
            .unwrap();
        let sender = Sender::new(policy).unwrap().with_timeout(timeout);
        Self {
            handler: WebhookHandler::new(runtime.clone(), Arc::new(sender), settings()),
            _redis: redis,
            runtime,
        }
    }

    pub(crate) fn partition(&self) -> &Partition {
        &self.runtime.partitions()[0]
    }

    /// A webhook at this address that wants to hear of everything.
    pub(crate) async fn subscribe(&self, url: &str) -> Subscription {
        self.subscribe_to(url, EventSelection::All).await
    }

    pub(crate) async fn subscribe_to(
        &self,
        url: &str,
        event_types: EventSelection,
    ) -> Subscription {
        let webhook = Subscription {
            id: WebhookId::new(clock::now_ms(), rand::random()),
            url: url.to_owned(),
            event_types,
            description: None,
            enabled: true,
            disabled: None,
            created_at: clock::now_ms(),
        };
        let added = webhook::add_webhook(&self.runtime, &webhook, SECRET).await;
        assert!(added.unwrap());
        webhook
    }

    /// Writes an event of `order` and handles it; says what came of that.
    pub(crate) async fn hears<K: Message + Serialize + Sync>(
        &self,
        order: &OrderId,
        event: &K,
    ) -> Outcome {
        let stream = self.partition().stream("orders");
        let envelope = Envelope::next(TraceParent::start());
        let mut link = self.runtime.server().link();
        let kind = (K::KIND, K::VERSION);
        publish(&mut link, &stream, kind, order.as_str(), &envelope, event)
            .await
            .unwrap();
        let delivery = self.read(&stream).await.remove(0);
        self.handle(&delivery).await
    }

    /// An order was confirmed.
    pub(crate) async fn confirmed(&self) -> OrderId {
        let event = confirmed();
        let outcome = self.hears(&event.order_id, &event).await;
        assert_eq!(outcome, Outcome::Settled);
        event.order_id
    }

    /// Everything new on a stream, delivered.
    pub(crate) async fn read(&self, stream: &str) -> Vec<Delivery> {
        let read = groups::Read {
            group: GROUP,
            consumer: "w",
            count: 100,
            block_ms: None,
        };
        let mut link = self.runtime.server().link();
        let found = groups::read_new(&mut link, read, &[stream]).await.unwrap();
        let entries = found.into_iter().flat_map(|(_, entries)| entries);
        entries
            .map(|entry| Delivery {
                receipt: Receipt {
                    stream: stream.into(),
                    group: GROUP.into(),
                    consumer: "w".into(),
                    id: entry.id.clone(),
                    deliveries: 1,
                },
                entry,
                attempts: 0,
            })
            .collect()
    }

    /// The attempts in the inbox, delivered.
    pub(crate) async fn attempts(&self) -> Vec<Delivery> {
        self.read(&self.partition().inbox(GROUP)).await
    }

    /// Makes every attempt that waits in the inbox, one after the other; says how many.
    pub(crate) async fn work(&self) -> usize {
        let all = self.attempts().await;
        for delivery in &all {
            assert_eq!(self.handle(delivery).await, Outcome::Settled);
        }
        all.len()
    }

    pub(crate) async fn handle(&self, delivery: &Delivery) -> Outcome {
        let entry = &delivery.entry;
        let message = WebhookMessage::decode(entry.kind(), entry.version(), entry.data());
        self.handler.handle(message.unwrap(), delivery).await
    }

    /// Brings the delay queue's jobs into the inbox, as if they were due; says how many seconds they
    /// would have waited.
    pub(crate) async fn fast_forward(&self) -> Vec<u64> {
        let partition = self.partition();
        let keys = [
            partition.delayed(GROUP),
            partition.delayed_data(GROUP),
            partition.inbox(GROUP),
        ];
        let source = "local waits = {} \
            for _, job in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do \
              waits[#waits + 1] = redis.call('ZSCORE', KEYS[1], job) \
              redis.call('XADD', KEYS[3], '*', 'type', 'WebhookAttempt', 'v', '1', \
                'data', redis.call('HGET', KEYS[2], job)) \
              redis.call('ZREM', KEYS[1], job) \
            end return {'DONE', waits}";
        let script = Script::new("forward", &[source]);
        let mut link = self.runtime.server().link();
        let mut reply = script.call(&keys).run(&mut link).await.unwrap();
        let due: Vec<u64> = reply.take().unwrap();
        let now = clock::now_ms();
        due.iter()
            .map(|due| due.saturating_sub(now).div_ceil(1000))
            .collect()
    }

    /// The newest delivery to a webhook.
    pub(crate) async fn newest(&self, webhook: &Subscription) -> DeliveryLog {
        let log = webhook::deliveries(&self.runtime, &webhook.id, 1).await;
        log.unwrap().remove(0).1
    }

    pub(crate) async fn find(&self, webhook: &Subscription) -> Subscription {
        let found = webhook::find(&self.runtime, &webhook.id).await;
        found.unwrap().unwrap()
    }
}

pub(crate) fn new_order() -> OrderId {
    OrderId::new(0, clock::now_ms(), rand::random())
}

pub(crate) fn confirmed() -> OrderConfirmed {
    let order_id = new_order();
    OrderConfirmed {
        payment_id: PaymentId::of(&order_id),
        order: doc(1),
        order_id,
    }
}

pub(crate) fn placed(lines: usize) -> OrderPlaced {
    OrderPlaced {
        order_id: new_order(),
        order: doc(lines),
    }
}

/// An order of so many lines.
pub(crate) fn doc(lines: usize) -> OrderDocument {
    let line = |n: usize| Line {
        product_id: format!("mug-{n:02}").parse().unwrap(),
        name: "Mug, \"Zoë's\"".to_owned(),
        quantity: 2,
        unit_price: 1490,
    };
    OrderDocument {
        customer_id: CustomerId::new(1_732_000_000_000, 8),
        contact: Contact {
            name: "Ada".to_owned(),
            email: "ada@example.com".to_owned(),
            phone: None,
        },
        items: (1..=lines).map(line).collect(),
        currency: Currency::EUR,
        coupon: Some("WELCOME10".parse().unwrap()),
        subtotal: 2980,
        discount: 298,
    }
}
