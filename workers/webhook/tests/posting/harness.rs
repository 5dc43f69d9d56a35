//! Webhook handler on a private redis-server, events for it, and the attempts that follow.

use std::{sync::Arc, time::Duration};

use contracts::{
    EventSelection, OrderDocument, OrderId, PaymentId, Service, WebhookId,
    event::{Message, OrderConfirmed, OrderPlaced},
};
use egress::Policy;
use store::webhook::{self, Circuit, DeliveryLog, Subscription};
use streamward::{Delivery, Outcome, Runtime, clock};
use testkit::{TestShop, new_order_id, order_document};
use webhook_worker::{Schedule, Sender, Settings, WebhookHandler};

/// 32 bytes, as the API generates them.
pub(crate) const SECRET: &str = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
pub(crate) const ALLOW_ALL: Policy = Policy {
    allow_http: true,
    allow_private: true,
};

/// Returns settings with three attempts and a circuit that opens after five failures.
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

/// The handler, and the shop it serves.
pub(crate) struct Harness {
    shop: TestShop,
    handler: WebhookHandler,
}

impl Harness {
    /// Starts a handler without SSRF protection and with a timeout of one second.
    pub(crate) async fn start() -> Self {
        Self::with(ALLOW_ALL).await
    }

    pub(crate) async fn with(policy: Policy) -> Self {
        let shop = TestShop::start(Service::Webhook).await;
        let sender = Sender::new(policy).unwrap();
        let sender = Arc::new(sender.with_timeout(Duration::from_secs(1)));
        Self {
            handler: WebhookHandler::new(shop.runtime().clone(), sender, settings()),
            shop,
        }
    }

    pub(crate) const fn runtime(&self) -> &Runtime {
        self.shop.runtime()
    }

    /// Adds a webhook for all events.
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
        let added = webhook::add_webhook(self.runtime(), &webhook, SECRET).await;
        assert!(added.unwrap());
        webhook
    }

    /// Delivers and handles an event of `order`.
    pub(crate) async fn publish<M: Message>(&self, order: &OrderId, event: &M) -> Outcome {
        let delivery = self.shop.deliver("orders", order.as_str(), event).await;
        self.handle(&delivery).await
    }

    /// Publishes a confirmed order.
    pub(crate) async fn confirm_order(&self) {
        let event = order_confirmed();
        let outcome = self.publish(&event.order_id, &event).await;
        assert_eq!(outcome, Outcome::Settled);
    }

    /// Makes every attempt in the inbox, one after the other, and returns their number.
    pub(crate) async fn run_attempts(&self) -> usize {
        let inbox = self.shop.partition().inbox(Service::Webhook.name());
        let all = self.shop.read(&inbox).await;
        for delivery in &all {
            assert_eq!(self.handle(delivery).await, Outcome::Settled);
        }
        all.len()
    }

    async fn handle(&self, delivery: &Delivery) -> Outcome {
        testkit::handle(&self.handler, delivery).await
    }

    /// Promotes all delayed jobs at once and returns their remaining delays in seconds.
    pub(crate) async fn fast_forward(&self) -> Vec<u64> {
        let (partition, group) = (self.shop.partition(), Service::Webhook.name());
        let keys = [
            partition.delayed(group),
            partition.delayed_data(group),
            partition.inbox(group),
        ];
        let source = "local waits = {} \
            for _, job in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do \
              waits[#waits + 1] = redis.call('ZSCORE', KEYS[1], job) \
              redis.call('XADD', KEYS[3], '*', 'type', 'WebhookAttempt', 'v', '1', \
                'data', redis.call('HGET', KEYS[2], job)) \
              redis.call('ZREM', KEYS[1], job) \
            end return {'DONE', waits}";
        let due: Vec<u64> = self.shop.eval(source, &keys, &[]).await;
        let now = clock::now_ms();
        due.iter()
            .map(|due| due.saturating_sub(now).div_ceil(1000))
            .collect()
    }

    /// Returns the newest delivery to a webhook.
    pub(crate) async fn newest(&self, webhook: &Subscription) -> DeliveryLog {
        let log = webhook::deliveries(self.runtime(), &webhook.id, 1).await;
        log.unwrap().remove(0).1
    }

    pub(crate) async fn find(&self, webhook: &Subscription) -> Subscription {
        let found = webhook::find(self.runtime(), &webhook.id).await;
        found.unwrap().unwrap()
    }
}

pub(crate) fn order_confirmed() -> OrderConfirmed {
    let order_id = new_order_id();
    OrderConfirmed {
        payment_id: PaymentId::of(&order_id),
        order: document(1),
        order_id,
    }
}

pub(crate) fn order_placed(lines: usize) -> OrderPlaced {
    OrderPlaced {
        order_id: new_order_id(),
        order: document(lines),
    }
}

/// Returns an order of so many lines, with a coupon.
pub(crate) fn document(lines: usize) -> OrderDocument {
    let mut document = order_document();
    let mut line = document.items.remove(0);
    line.name = "Mug, \"Zoë's\"".to_owned();
    document.items = vec![line; lines];
    for (n, line) in (1..).zip(&mut document.items) {
        line.product_id = format!("mug-{n:02}").parse().unwrap();
    }
    document.coupon = Some("WELCOME10".parse().unwrap());
    document.discount = 298;
    document
}
