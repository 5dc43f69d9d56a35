//! The limit: the same scripts, issued back to back by a plain consumer loop.
//!
//! The handler of each service that takes part is called for a batch of entries at once on a pipelined
//! connection, with nothing around it: no actors, no supervision, no leases, no retries. No runtime on
//! these scripts can need less of Redis' main thread per order than this loop.

use std::{sync::Arc, time::Duration};

use anyhow::{Result, bail};
use contracts::Service;
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

use super::{
    BenchArgs,
    fixture::{FreshShop, float},
    gateway::{DiscardingNotifier, InProcessGateway},
    script_costs::{ScriptCosts, StepCost},
    usage::{CostPerOrder, measured},
};

const BATCH: usize = 128;
const ROUND: u64 = 1024;
const PAYMENT_TIMEOUT: Duration = Duration::from_secs(900);

/// Throughput of the plain loop.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Limit {
    /// Version of the redis-server.
    pub(super) redis_version: String,
    /// Orders per second that Redis' main thread could serve if it never waited.
    pub(super) orders_per_second: f64,
    /// Orders per second of the plain loop, its own work included.
    pub(super) loop_per_second: f64,
    pub(super) per_order: CostPerOrder,
    /// Deliveries per order, of all services.
    pub(super) deliveries: f64,
    /// Cost of each step.
    pub(super) steps: Vec<StepCost>,
}

pub(super) async fn measure(args: &BenchArgs) -> Result<Limit> {
    let shop = FreshShop::start(args.durability).await?;
    let runtime = shop.runtime();
    let loops = Loops::open(runtime).await?;
    // Loads the scripts and warms up the code before the measurement.
    loops.run(&shop, 0, BATCH as u64, &mut None).await?;
    let work = async {
        let mut done = 0;
        while done < args.orders {
            let orders = ROUND.min(args.orders - done);
            loops.run(&shop, done, orders, &mut None).await?;
            done += orders;
        }
        Ok(())
    };
    let measured = measured(runtime, std::process::id(), args.orders, work).await?;
    // Apart from the measurement, which reading the statistics would disturb.
    let mut costs = Some(ScriptCosts::new(runtime));
    let deliveries = loops.run(&shop, args.orders, ROUND, &mut costs).await?;
    shop.audit().await?;
    let mut server = runtime.server().info("server").await?;
    Ok(Limit {
        redis_version: server.remove("redis_version").unwrap_or_default(),
        orders_per_second: 1e6 / measured.per_order.redis_cpu_us,
        loop_per_second: measured.per_second,
        per_order: measured.per_order,
        deliveries: float(deliveries) / float(ROUND),
        steps: costs.map_or_else(Vec::new, |costs| costs.per_order(ROUND)),
    })
}

struct Loops {
    gateway: Arc<InProcessGateway>,
    order: PlainLoop<OrderHandler>,
    inventory: PlainLoop<InventoryHandler>,
    promotion: PlainLoop<PromotionHandler>,
    payment: PlainLoop<PaymentHandler<InProcessGateway>>,
    notification: PlainLoop<NotificationHandler<DiscardingNotifier>>,
}

impl Loops {
    async fn open(runtime: &Runtime) -> Result<Self> {
        let shared = || runtime.clone();
        let gateway = Arc::new(InProcessGateway::open(shared()).await?);
        let notifier = Arc::new(DiscardingNotifier);
        let order = OrderHandler::new(shared(), PAYMENT_TIMEOUT);
        let inventory = InventoryHandler::new(shared(), 0);
        let promotion = PromotionHandler::new(shared());
        let payment = PaymentHandler::new(shared(), Arc::clone(&gateway), 1);
        let messages = notification_worker::Settings::default();
        let notification = NotificationHandler::new(shared(), notifier, messages);
        Ok(Self {
            gateway,
            order: PlainLoop::new(runtime, Service::Order, order).await?,
            inventory: PlainLoop::new(runtime, Service::Inventory, inventory).await?,
            promotion: PlainLoop::new(runtime, Service::Promotion, promotion).await?,
            payment: PlainLoop::new(runtime, Service::Payment, payment).await?,
            notification: PlainLoop::new(runtime, Service::Notification, notification).await?,
        })
    }

    /// Places orders and runs the services in turn until no entry is left. Returns the number of
    /// deliveries.
    async fn run(
        &self,
        shop: &FreshShop,
        first: u64,
        orders: u64,
        costs: &mut Option<ScriptCosts>,
    ) -> Result<u64> {
        let numbers: Vec<u64> = (first..first + orders).collect();
        for batch in numbers.chunks(BATCH) {
            let placed = batch
                .iter()
                .map(|n| shop.place(*n, Durability::EverySecond));
            costed(costs, "order: placement", try_join_all(placed)).await??;
        }
        let mut deliveries = 0;
        loop {
            // Where steps have a cost each, callbacks wait for their turn.
            let held = match costs {
                Some(_) => Some(self.gateway.hold_callbacks().await),
                None => None,
            };
            let mut handled = self.inventory.run_once(costs).await?;
            handled += self.promotion.run_once(costs).await?;
            handled += self.order.run_once(costs).await?;
            handled += self.payment.run_once(costs).await?;
            handled += self.notification.run_once(costs).await?;
            drop(held);
            deliveries += handled as u64;
            let called_back =
                (costs.is_some() || handled == 0) && self.deliver_callbacks(costs).await?;
            if handled == 0 && !called_back {
                return Ok(deliveries);
            }
        }
    }

    async fn deliver_callbacks(&self, costs: &mut Option<ScriptCosts>) -> Result<bool> {
        costed(costs, "payment: callback", self.gateway.deliver_callbacks()).await
    }
}

/// Does `work`, and adds its cost if costs are taken.
async fn costed<T>(
    costs: &mut Option<ScriptCosts>,
    step: &str,
    work: impl Future<Output = T>,
) -> Result<T> {
    match costs {
        Some(costs) => costs.add(step, work).await,
        None => Ok(work.await),
    }
}

/// Returns a stream's key without namespace and partition.
fn topic_of(stream: &str) -> &str {
    stream.splitn(3, ':').nth(2).unwrap_or(stream)
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
    async fn run_once(&self, costs: &mut Option<ScriptCosts>) -> Result<usize> {
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
            let step = format!("{}: {}", self.group, topic_of(&stream));
            let work = join_all(wanted.iter().map(|delivery| self.handle(delivery)));
            let outcomes = costed(costs, &step, work).await?;
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
