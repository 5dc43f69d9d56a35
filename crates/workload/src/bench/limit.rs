//! The limit: the same scripts, issued back to back by a bare consumer loop.
//!
//! Every service's handler is called for a batch of entries at once on a pipelined connection, with
//! nothing around it: no actors, no supervision, no leases, no retries. What Redis' main thread needs
//! per order in this loop is the limit that no runtime on these scripts can beat.

use std::sync::Arc;

use anyhow::Result;
use contracts::Service;
use egress::Policy;
use futures_util::future::join_all;
use notification_worker::NotificationHandler;
use order_worker::OrderHandler;
use payment_worker::PaymentHandler;
use serde::Serialize;
use store::{
    durability::Durability,
    order::{OpenLimits, Placement},
};
use streamward::{
    Delivery, Handler, Inbound, Outcome, RawEntry, Receipt, Runtime, SharedConnection, TraceParent,
    groups,
};
use tokio::time::Instant;
use webhook_worker::{Sender, WebhookHandler};

use super::{
    BenchArgs,
    fixture::FreshShop,
    gateway::{DroppingNotifier, InProcessGateway},
    usage::{CostPerOrder, Usage},
};

const BATCH: usize = 128;
const ROUND: u64 = 1024;

/// What the bare loop reached.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Limit {
    /// Orders per second that Redis' main thread could serve if it never waited.
    pub(super) orders_per_second: f64,
    /// Orders per second of the bare loop itself, its own work included.
    pub(super) loop_per_second: f64,
    pub(super) per_order: CostPerOrder,
}

pub(super) async fn measure(args: &BenchArgs) -> Result<Limit> {
    let shop = FreshShop::start(args.durability).await?;
    let runtime = shop.runtime();
    let loops = Loops::open(runtime).await?;
    // Scripts are loaded and code is warm before anything counts.
    loops.run(&shop, 0, BATCH as u64).await?;
    let before = Usage::read(runtime, std::process::id()).await?;
    let started = Instant::now();
    let mut done = 0;
    while done < args.orders {
        let orders = ROUND.min(args.orders - done);
        loops.run(&shop, done, orders).await?;
        done += orders;
    }
    let seconds = started.elapsed().as_secs_f64();
    let per_order = Usage::read(runtime, std::process::id())
        .await?
        .per_order(before, args.orders);
    shop.audit().await?;
    #[expect(
        clippy::cast_precision_loss,
        reason = "a count of orders is far below 2^52"
    )]
    let loop_per_second = args.orders as f64 / seconds;
    Ok(Limit {
        orders_per_second: 1e6 / per_order.redis_cpu_us,
        loop_per_second,
        per_order,
    })
}

struct Loops {
    order: PlainLoop<OrderHandler>,
    inventory: PlainLoop<inventory_worker::InventoryHandler>,
    promotion: PlainLoop<promotion_worker::PromotionHandler>,
    payment: PlainLoop<PaymentHandler<InProcessGateway>>,
    notification: PlainLoop<NotificationHandler<DroppingNotifier>>,
    webhook: PlainLoop<WebhookHandler>,
}

impl Loops {
    async fn open(runtime: &Runtime) -> Result<Self> {
        let gateway = Arc::new(InProcessGateway::open(runtime.clone()).await?);
        let order = OrderHandler::new(runtime.clone(), std::time::Duration::from_secs(900));
        Ok(Self {
            order: PlainLoop::new(runtime, Service::Order, order).await?,
            inventory: PlainLoop::new(
                runtime,
                Service::Inventory,
                inventory_worker::InventoryHandler::new(runtime.clone()),
            )
            .await?,
            promotion: PlainLoop::new(
                runtime,
                Service::Promotion,
                promotion_worker::PromotionHandler::new(runtime.clone()),
            )
            .await?,
            payment: PlainLoop::new(
                runtime,
                Service::Payment,
                PaymentHandler::new(runtime.clone(), gateway, 1),
            )
            .await?,
            notification: PlainLoop::new(
                runtime,
                Service::Notification,
                NotificationHandler::new(
                    runtime.clone(),
                    Arc::new(DroppingNotifier),
                    notification_worker::Settings::default(),
                ),
            )
            .await?,
            webhook: PlainLoop::new(
                runtime,
                Service::Webhook,
                WebhookHandler::new(
                    runtime.clone(),
                    Arc::new(Sender::new(Policy::default())?),
                    webhook_worker::Settings::default(),
                ),
            )
            .await?,
        })
    }

    /// Places `orders` and goes round the services until nothing is left to read.
    async fn run(&self, shop: &FreshShop, first: u64, orders: u64) -> Result<()> {
        let mut placed = 0;
        while placed < orders {
            let batch = (BATCH as u64).min(orders - placed);
            let docs: Vec<_> = (0..batch).map(|n| shop.order(first + placed + n)).collect();
            let places = docs.iter().map(|doc| async move {
                let placement = Placement {
                    doc,
                    payment_method: Some("pm_card_visa"),
                    idempotency: None,
                    limits: OpenLimits::default(),
                    trace: TraceParent::start(),
                };
                store::order::place_order(shop.runtime(), Durability::EverySecond, &placement).await
            });
            for placed in join_all(places).await {
                placed?;
            }
            placed += batch;
        }
        loop {
            let mut handled = self.inventory.turn().await?;
            handled += self.promotion.turn().await?;
            handled += self.order.turn().await?;
            handled += self.payment.turn().await?;
            handled += self.notification.turn().await?;
            handled += self.webhook.turn().await?;
            if handled == 0 {
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
        let reads = service.reads().iter().map(|name| partition.stream(name));
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

    /// Reads one batch and handles it; returns how many entries it held.
    async fn turn(&self) -> Result<usize> {
        let mut link = self.link.clone();
        let read = groups::Read {
            group: &self.group,
            consumer: "bare",
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
                        anyhow::bail!("the bare loop has no retries: {cause}");
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
            consumer: "bare".into(),
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
