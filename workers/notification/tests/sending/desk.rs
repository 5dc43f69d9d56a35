//! A notification handler on a private Redis, and events for it.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use contracts::{
    Contact, Currency, CustomerId, Line, OrderDocument, OrderId, PaymentId,
    event::{
        Failure, InventoryUpdated, Message, NotificationSent, OrderConfirmed, OrderPaymentFailed,
        StockCause, StockLevel,
    },
};
use notification_worker::{
    Heard, LowStock, NotificationHandler, Outbox, Post, Recipient, Settings, SmsApi, Smtp,
};
use serde::{Serialize, de::DeserializeOwned};
use streamward::{
    Delivery, Envelope, Handler, Inbound, Namespace, Outcome, RawEntry, Receipt, Runtime, Script,
    Server, TraceParent, clock, groups, inspect, publish,
};
use tempfile::TempDir;
use testkit::RedisServer;

const GROUP: &str = "notification";

/// The handler's desk.
pub(crate) struct Desk {
    _redis: RedisServer,
    pub(crate) runtime: Runtime,
    outbox: TempDir,
    handler: NotificationHandler<Post>,
}

impl Desk {
    /// A desk whose mail goes to `smtp`, told about stock too when `admins` are to be told.
    pub(crate) async fn watching(smtp: Option<Smtp>, admins: &[&str]) -> Self {
        let admins: Vec<_> = admins
            .iter()
            .map(|one| Recipient::parse(one).unwrap())
            .collect();
        let threshold = 5;
        let settings = Settings {
            low_stock: (!admins.is_empty()).then_some(LowStock { threshold, admins }),
            ..Settings::default()
        };
        Self::set_up(smtp, None, settings).await
    }

    /// A desk whose mail goes to `smtp` and whose SMS go to `sms`; the rest goes into the outbox.
    pub(crate) async fn open(smtp: Option<Smtp>, sms: Option<SmsApi>) -> Self {
        Self::set_up(smtp, sms, Settings::default()).await
    }

    async fn set_up(smtp: Option<Smtp>, sms: Option<SmsApi>, settings: Settings) -> Self {
        let redis = RedisServer::start();
        let server = Server::new(&redis.url()).unwrap();
        let runtime = Runtime::open(server, &Namespace::default(), 1)
            .await
            .unwrap();
        let partition = &runtime.partitions()[0];
        let streams = ["orders", "inventory", "webhooks"].map(|name| partition.stream(name));
        let mut link = runtime.server().link();
        groups::ensure(&mut link, partition, GROUP, &streams)
            .await
            .unwrap();
        let outbox = TempDir::new().unwrap();
        let folder = Outbox::open(outbox.path().to_owned()).unwrap();
        let post = Post::new(folder, "The Shop <shop@shop.test>").unwrap();
        let post = Arc::new(post.smtp(smtp).sms_api(sms));
        Self {
            handler: NotificationHandler::new(runtime.clone(), post, settings),
            _redis: redis,
            runtime,
            outbox,
        }
    }

    /// Writes an event and delivers it for the first time.
    pub(crate) async fn delivered<K: Message + Serialize + Sync>(
        &self,
        stream: &str,
        key: &str,
        event: &K,
    ) -> Delivery {
        let partition = &self.runtime.partitions()[0];
        let stream = partition.stream(stream);
        let envelope = Envelope::next(TraceParent::start());
        let mut link = self.runtime.server().link();
        let kind = (K::KIND, K::VERSION);
        publish(&mut link, &stream, kind, key, &envelope, event)
            .await
            .unwrap();
        let read = groups::Read {
            group: GROUP,
            consumer: "w",
            count: 1,
            block_ms: None,
        };
        let mut entries = groups::read_new(&mut link, read, &[&stream]).await.unwrap();
        let entry = entries.remove(0).1.remove(0);
        Delivery {
            receipt: Receipt {
                stream: stream.into(),
                group: GROUP.into(),
                consumer: "w".into(),
                id: entry.id.clone(),
                deliveries: 1,
            },
            entry,
            attempts: 0,
        }
    }

    /// A confirmed order of a customer with or without a phone.
    pub(crate) async fn confirmed(&self, phone: Option<&str>) -> Delivery {
        let order_id = new_order();
        let event = OrderConfirmed {
            payment_id: PaymentId::of(&order_id),
            order: doc(phone),
            order_id,
        };
        self.delivered("orders", event.order_id.as_str(), &event)
            .await
    }

    /// A charge of `order` that failed.
    pub(crate) async fn declined(&self, order: &OrderId) -> Delivery {
        let event = OrderPaymentFailed {
            order_id: order.clone(),
            failure: Failure {
                code: "card_declined".to_owned(),
                message: "Your card was declined.".to_owned(),
            },
            pay_url: Some("https://pay.test/pi_1".to_owned()),
            order: doc(None),
        };
        self.delivered("orders", order.as_str(), &event).await
    }

    /// The inventory's word that so many units of `mug-01` can be ordered.
    pub(crate) async fn left(&self, available: i64) -> Delivery {
        self.left_of(available, None).await
    }

    /// The same of a product that has a threshold of its own.
    pub(crate) async fn left_of(&self, available: i64, low_stock: Option<u32>) -> Delivery {
        let level = StockLevel {
            product_id: "mug-01".parse().unwrap(),
            available,
            reserved: 1,
            sold: 1,
            low_stock,
        };
        let event = InventoryUpdated {
            order_id: None,
            cause: StockCause::Adjusted,
            levels: vec![level],
        };
        self.delivered("inventory", "mug-01", &event).await
    }

    pub(crate) async fn handle(&self, delivery: &Delivery) -> Outcome {
        let entry = &delivery.entry;
        let message = Heard::decode(entry.kind(), entry.version(), entry.data());
        self.handler.handle(message.unwrap(), delivery).await
    }

    /// The files of the outbox by name.
    pub(crate) fn outbox(&self) -> BTreeMap<String, String> {
        files(self.outbox.path())
    }

    /// Forgets what was told about an order, and says how much that was.
    pub(crate) async fn forget(&self, order: &OrderId) -> u64 {
        let partition = &self.runtime.partitions()[0];
        let key = partition.key(&["notification", "sent", order.as_str()]);
        let source =
            "local n = redis.call('HLEN', KEYS[1]) redis.call('DEL', KEYS[1]) return {'GONE', n}";
        let script = Script::new("forget", &[source]);
        let mut link = self.runtime.server().link();
        script
            .call(&[key])
            .run(&mut link)
            .await
            .unwrap()
            .take()
            .unwrap()
    }

    /// What the delivery log says, in its order.
    pub(crate) async fn log(&self) -> Vec<NotificationSent> {
        self.log_of().await
    }

    /// The same, all of it being events of this type.
    pub(crate) async fn log_of<E: DeserializeOwned>(&self) -> Vec<E> {
        let stream = self.runtime.partitions()[0].stream("notifications");
        let mut link = self.runtime.server().link();
        let entries = inspect::newest(&mut link, &stream, 1000).await.unwrap();
        let read = |entry: &RawEntry| streamward::unpack(entry.data()).unwrap();
        entries.iter().map(read).collect()
    }
}

/// The same entry again, as after a crash or a retry.
pub(crate) fn again(delivery: &Delivery) -> Delivery {
    let mut again = delivery.clone();
    again.receipt.deliveries += 1;
    again.attempts += 1;
    again
}

pub(crate) fn new_order() -> OrderId {
    static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);
    let n = NEXT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    OrderId::new(0, clock::now_ms(), u128::from(n))
}

fn doc(phone: Option<&str>) -> OrderDocument {
    OrderDocument {
        customer_id: CustomerId::new(1_732_000_000_000, 8),
        contact: Contact {
            name: "Ada & \"Söhne\"".to_owned(),
            email: "ada@example.com".to_owned(),
            phone: phone.map(str::to_owned),
        },
        items: vec![Line {
            product_id: "mug-01".parse().unwrap(),
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

fn files(folder: &Path) -> BTreeMap<String, String> {
    let all = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap());
    all.map(|file| {
        let text = std::fs::read_to_string(file.path()).unwrap();
        (file.file_name().to_string_lossy().into_owned(), text)
    })
    .collect()
}

/// The Message-ID of a mail.
pub(crate) fn message_id(mail: &str) -> &str {
    let line = mail
        .lines()
        .find_map(|line| line.strip_prefix("Message-ID: "));
    line.expect("a mail has a Message-ID")
}
