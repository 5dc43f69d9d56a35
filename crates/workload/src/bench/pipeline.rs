//! The pipeline: orders placed through the store, all services running under supervision.

use std::{sync::Arc, time::Duration};

use anyhow::{Result, ensure};
use contracts::{Service, event::OrderConfirmed};
use egress::Policy;
use serde::Serialize;
use shop::{
    assembly::{self, Environment},
    follower::Follower,
    output::Table,
};
use streamward::Message;
use supervision::Tree;
use tokio::{task::JoinSet, time::Instant};
use webhook_worker::Sender;

use super::{
    BenchArgs, Printed,
    fixture::FreshShop,
    flame_graph::Recording,
    gateway::{DiscardingNotifier, InProcessGateway},
    report::{Ratio, print_ratios},
    usage::{CostPerOrder, measured, peak_mib},
};

const CLIENTS: usize = 64;
const WARM_UP: u64 = 500;
/// Orders that are placed at a time while many are stored.
const ROUND: u64 = 50_000;
const PATIENCE: Duration = Duration::from_secs(120);
const CONCURRENCY: usize = 128;

/// Throughput of the services without HTTP.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Pipeline {
    /// Orders per second from the first placement to the last confirmation.
    pub(super) orders_per_second: f64,
    pub(super) per_order: CostPerOrder,
    /// Peak resident size of the process, MiB.
    pub(super) peak_mib: f64,
}

pub(super) async fn measure(args: &BenchArgs) -> Result<Pipeline> {
    let (shop, tree) = start(args).await?;
    let runtime = shop.runtime();
    confirm(&shop, args, WARM_UP).await?;
    let (pid, work) = (std::process::id(), confirm(&shop, args, args.orders));
    let recording = args.flame_graph.as_ref().map(|_| Recording::start(pid));
    let recording = recording.transpose()?;
    let measured = measured(runtime, pid, args.orders, work).await?;
    if let (Some(recording), Some(path)) = (recording, &args.flame_graph) {
        recording.write(path).await?;
    }
    tree.shutdown().await;
    shop.audit().await?;
    Ok(Pipeline {
        orders_per_second: measured.per_second,
        per_order: measured.per_order,
        peak_mib: peak_mib(pid),
    })
}

/// Cost of an order in a shop with few stored orders, and in the same shop with many.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StoredOrders {
    stored: u64,
    few: CostPerOrder,
    many: CostPerOrder,
    ratios: [Ratio; 2],
}

/// Measures the cost of an order before and after `stored` orders.
pub(super) async fn measure_stored(args: &BenchArgs, stored: u64) -> Result<StoredOrders> {
    let (shop, tree) = start(args).await?;
    let cost = async || -> Result<CostPerOrder> {
        let (pid, work) = (std::process::id(), confirm(&shop, args, args.orders));
        let measured = measured(shop.runtime(), pid, args.orders, work).await?;
        Ok(measured.per_order)
    };
    confirm(&shop, args, WARM_UP).await?;
    let few = cost().await?;
    let mut left = stored;
    while left > 0 {
        let orders = left.min(ROUND);
        confirm(&shop, args, orders).await?;
        left -= orders;
    }
    let many = cost().await?;
    tree.shutdown().await;
    shop.audit().await?;
    let growth = |name, cost: fn(&CostPerOrder) -> f64| {
        Ratio::at_most(name, cost(&many) / cost(&few), 1.2, 1.05)
    };
    Ok(StoredOrders {
        stored,
        ratios: [
            growth("Redis CPU, many stored / few", |cost| cost.redis_cpu_us),
            growth("process CPU, many stored / few", |cost| cost.process_cpu_us),
        ],
        few,
        many,
    })
}

impl Printed for StoredOrders {
    fn print(&self) {
        let mut table = Table::new(["per order", "Redis CPU µs", "process CPU µs", "AOF bytes"]);
        let many = format!("with {} stored", self.stored);
        for (name, cost) in [("with few stored", &self.few), (&*many, &self.many)] {
            let cells = [cost.redis_cpu_us, cost.process_cpu_us, cost.aof_bytes];
            let cells = cells.map(|value| format!("{value:.0}"));
            table.row([name.to_owned()].into_iter().chain(cells));
        }
        table.print();
        print_ratios(&self.ratios);
    }
}

/// Starts a shop with all services.
async fn start(args: &BenchArgs) -> Result<(Arc<FreshShop>, Tree)> {
    let shop = Arc::new(FreshShop::start(args.durability).await?);
    let runtime = shop.runtime();
    let environment = Environment {
        gateway: Arc::new(InProcessGateway::open(runtime.clone()).await?),
        notifier: Arc::new(DiscardingNotifier),
        messages: notification_worker::Settings::default(),
        sender: Arc::new(Sender::new(Policy::default())?),
        webhooks: webhook_worker::Settings::default(),
        payment_timeout: Duration::from_secs(900),
        low_stock: 0,
        concurrency: CONCURRENCY,
    };
    let mut root = assembly::root();
    for service in Service::ALL {
        root = root.child(assembly::service(service, runtime, &environment).await?);
    }
    let tree = root.start().await?;
    Ok((shop, tree))
}

/// Places orders and waits until the last one is confirmed.
async fn confirm(shop: &Arc<FreshShop>, args: &BenchArgs, orders: u64) -> Result<()> {
    let mut follower = Follower::new(shop.runtime())?;
    let stream = shop.runtime().partitions()[0].stream("orders:confirmed");
    follower.add(stream, 1).await?;
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let (shop, durability) = (Arc::clone(shop), args.durability);
        clients.spawn(async move {
            for n in (0..orders).skip(client).step_by(CLIENTS) {
                shop.place(n, durability).await?;
            }
            store::Result::<()>::Ok(())
        });
    }
    let (deadline, mut confirmed) = (Instant::now() + PATIENCE, 0);
    while confirmed < orders {
        ensure!(
            Instant::now() < deadline,
            "only {confirmed} of {orders} orders were confirmed within {PATIENCE:?}"
        );
        let entries = follower.next().await?;
        let ends = entries
            .iter()
            .filter(|entry| entry.kind() == OrderConfirmed::KIND);
        confirmed += ends.count() as u64;
    }
    for placed in clients.join_all().await {
        placed?;
    }
    Ok(())
}
