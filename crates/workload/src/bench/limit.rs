//! The limit: the same scripts, issued back to back by a plain consumer loop.
//!
//! Every service's handler is called for a batch of entries at once on a pipelined connection, with
//! nothing around it: no actors, no supervision, no leases, no retries. No runtime on these scripts
//! can need less of Redis' main thread per order than this loop.

use std::{sync::Arc, time::Duration};

use anyhow::{Result, bail};
use contracts::Service;
use egress::Policy;
use futures_util::future::{join_all, try_join_all};
use inventory_worker::InventoryHandler;
use notification_worker::NotificationHandler;
use order_worker::OrderHandler;
use payment_worker::PaymentHandler;
use promotion_worker::PromotionHandler;
use serde::Serialize;
use store::durability::Durability;
use streamward::{
    Delivery, Handler, Inbound, Outcome, RawEntry, Receipt, Runtime, SharedConnection, groups,
};
use webhook_worker::{Sender, WebhookHandler};

use super::{
    BenchArgs,
    fixture::FreshShop,
    gateway::{DiscardingNotifier, InProcessGateway},
    usage::{CostPerOrder, measured},
};

const BATCH: usize = 128;
const ROUND: u64 = 1024;
const PAYMENT_TIMEOUT: Duration = Duration::from_secs(900);

/// Throughput of the plain loop.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Limit {
    /// Orders per second that Redis' main thread could serve if it never waited.
    pub(super) orders_per_second: f64,
    /// Orders per second of the plain loop, its own work included.
    pub(super) loop_per_second: f64,
    pub(super) per_order: CostPerOrder,
}

pub(super) async fn measure(args: &BenchArgs) -> Result<Limit> {
    let shop = FreshShop::start(args.durability).await?;
    let runtime = shop.runtime();
    let loops = Loops::open(runtime).await?;
    // Loads the scripts and warms up the code before the measurement.
    loops.run(&shop, 0, BATCH as u64).await?;
    let work = async {
        let mut done = 0;
        while done < args.orders {
            let orders = ROUND.min(args.orders - done);
            loops.run(&shop, done, orders).await?;
            done += orders;
        }
        Ok(())
    };
    let measured = measured(runtime, std::process::id(), args.orders, work).await?;
    shop.audit().await?;
    Ok(Limit {
        orders_per_second: 1e6 / measured.per_order.redis_cpu_us,
        loop_per_second: measured.per_second,
        per_order: measured.per_order,
    })
}

struct Loops {
    gateway: Arc<InProcessGateway>,
    order: PlainLoop<OrderHandler>,
    inventory: PlainLoop<InventoryHandler>,
    promotion: PlainLoop<PromotionHandler>,
    payment: PlainLoop<PaymentHandler<InProcessGateway>>,
    notification: PlainLoop<NotificationHandler<DiscardingNotifier>>,
    webhook: PlainLoop<WebhookHandler>,
}

impl Loops {
    async fn open(runtime: &Runtime) -> Result<Self> {
        let shared = || runtime.clone();
        let gateway = Arc::new(InProcessGateway::open(shared()).await?);
        let (notifier, sender) = (
            Arc::new(DiscardingNotifier),
            Sender::new(Policy::default())?,
        );
        let order = OrderHandler::new(shared(), PAYMENT_TIMEOUT);
        let inventory = InventoryHandler::new(shared(), 0);
        let promotion = PromotionHandler::new(shared());
        let payment = PaymentHandler::new(shared(), Arc::clone(&gateway), 1);
        let messages = notification_worker::Settings::default();
        let notification = NotificationHandler::new(shared(), notifier, messages);
        let webhooks = webhook_worker::Settings::default();
        let webhook = WebhookHandler::new(shared(), Arc::new(sender), webhooks);
        Ok(Self {
            gateway,
            order: PlainLoop::new(runtime, Service::Order, order).await?,
            inventory: PlainLoop::new(runtime, Service::Inventory, inventory).await?,
            promotion: PlainLoop::new(runtime, Service::Promotion, promotion).await?,
            payment: PlainLoop::new(runtime, Service::Payment, payment).await?,
            notification: PlainLoop::new(runtime, Service::Notification, notification).await?,
            webhook: PlainLoop::new(runtime, Service::Webhook, webhook).await?,
        })
    }

    /// Places orders and runs the services in turn until no entry is left.
    async fn run(&self, shop: &FreshShop, first: u64, orders: u64) -> Result<()> {
        let numbers: Vec<u64> = (first..first + orders).collect();
        for batch in numbers.chunks(BATCH) {
            let placed = batch
                .iter()
                .map(|n| shop.place(*n, Durability::EverySecond));
            try_join_all(placed).await?;
        }
        loop {
            let mut handled = self.inventory.run_once().await?;
            handled += self.promotion.run_once().await?;
            handled += self.order.run_once().await?;
            handled += self.payment.run_once().await?;
            handled += self.notification.run_once().await?;
            handled += self.webhook.run_once().await?;
            if handled == 0 && !self.gateway.deliver_callbacks().await {
                return Ok(());
            }
        }
    }
}

struct PlainLoop<H> {
    link: SharedConnection,
    group: Arc<str>,
    streams: Vec<Arc<str>>,
    handler: H,
}

impl<H: Handler> PlainLoop<H> {
    async fn new(runtime: &Runtime, service: Service, handler: H) -> Result<Self> {
        let partition = &runtime.partitions()[0];
        let reads = service.reads().map(|name| partition.stream(name));
        let inbox = partition.inbox(service.name());
        let streams: Vec<Arc<str>> = reads.chain([inbox]).map(Into::into).collect();
        let mut link = runtime.server().link();
        groups::ensure(&mut link, partition, service.name(), &streams).await?;
        Ok(Self {
            link,
            group: service.name().into(),
            streams,
            handler,
        })
    }

    /// Reads and handles one batch; returns its number of entries.
    async fn run_once(&self) -> Result<usize> {
        let mut link = self.link.clone();
        let read = groups::Read {
            group: &self.group,
            consumer: "plain",
            count: BATCH,
            block_ms: None,
        };
        let mut handled = 0;
        for (stream, entries) in groups::read_new(&mut link, read, &self.streams).await? {
            handled += entries.len();
            let mut acks: Vec<String> = Vec::new();
            let mut wanted = Vec::new();
            for entry in entries {
                if H::Message::wants(entry.kind()) {
                    wanted.push(self.delivery(&stream, entry));
                } else {
                    acks.push(entry.id);
                }
            }
            let outcomes = join_all(wanted.iter().map(|delivery| self.handle(delivery))).await;
            for (delivery, outcome) in wanted.iter().zip(outcomes) {
                match outcome {
                    Outcome::Settled => {}
                    Outcome::Done => acks.push(delivery.receipt.id.clone()),
                    Outcome::Retry { cause, .. } | Outcome::Dead { cause } => {
                        bail!("the plain loop has no retries: {cause}");
                    }
                }
            }
            if !acks.is_empty() {
                let mut ack = redis::cmd("XACK");
                ack.arg(&stream).arg(&*self.group).arg(acks);
                ack.query_async::<()>(&mut link).await?;
            }
        }
        Ok(handled)
    }

    fn delivery(&self, stream: &str, entry: RawEntry) -> Delivery {
        let receipt = Receipt {
            stream: stream.into(),
            group: Arc::clone(&self.group),
            consumer: "plain".into(),
            id: entry.id.clone(),
            deliveries: 1,
        };
        Delivery {
            receipt,
            entry,
            attempts: 0,
        }
    }

    async fn handle(&self, delivery: &Delivery) -> Outcome {
        let entry = &delivery.entry;
        match H::Message::decode(entry.kind(), entry.version(), entry.data()) {
            Ok(message) => self.handler.handle(message, delivery).await,
            Err(problem) => problem.into(),
        }
    }
}
