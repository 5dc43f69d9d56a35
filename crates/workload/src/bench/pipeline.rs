//! The pipeline: orders placed through the store, all services running under supervision.

use std::{sync::Arc, time::Duration};

use anyhow::{Result, bail};
use contracts::{
    Service,
    event::{Message, OrderConfirmed},
};
use egress::Policy;
use serde::Serialize;
use shop::assembly::{self, Surroundings};
use store::order::{OpenLimits, Placement};
use streamward::{Runtime, TraceParent, inspect};
use tokio::{task::JoinSet, time::Instant};
use webhook_worker::Sender;

use super::{
    BenchArgs,
    fixture::FreshShop,
    gateway::{DroppingNotifier, InProcessGateway},
    usage::{CostPerOrder, Usage, peak_mib},
};

const PLACERS: u64 = 64;
const WARM_UP: u64 = 500;
const BLOCK_MS: u64 = 1000;
const PATIENCE: Duration = Duration::from_secs(120);
const CONCURRENCY: usize = 128;

/// What the services reached without HTTP.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Pipeline {
    /// Orders per second from the first placement to the last confirmation.
    pub(super) orders_per_second: f64,
    pub(super) per_order: CostPerOrder,
    /// Largest resident size of the process, MiB.
    pub(super) peak_mib: f64,
}

pub(super) async fn measure(args: &BenchArgs) -> Result<Pipeline> {
    let shop = Arc::new(FreshShop::start(args.durability).await?);
    let runtime = shop.runtime();
    let around = Surroundings {
        gateway: Arc::new(InProcessGateway::open(runtime.clone()).await?),
        notifier: Arc::new(DroppingNotifier),
        messages: notification_worker::Settings::default(),
        sender: Arc::new(Sender::new(Policy::default())?),
        webhooks: webhook_worker::Settings::default(),
        time_to_pay: Duration::from_secs(900),
        concurrency: CONCURRENCY,
    };
    let mut root = assembly::root();
    for service in Service::ALL {
        root = root.child(assembly::service(service, runtime, &around).await?);
    }
    let tree = root.start().await?;
    flow(&shop, args, WARM_UP).await?;
    let before = Usage::read(runtime, std::process::id()).await?;
    let started = Instant::now();
    flow(&shop, args, args.orders).await?;
    let seconds = started.elapsed().as_secs_f64();
    let per_order = Usage::read(runtime, std::process::id())
        .await?
        .per_order(before, args.orders);
    tree.shutdown().await;
    shop.audit().await?;
    #[expect(
        clippy::cast_precision_loss,
        reason = "a count of orders is far below 2^52"
    )]
    let orders_per_second = args.orders as f64 / seconds;
    Ok(Pipeline {
        orders_per_second,
        per_order,
        peak_mib: peak_mib(std::process::id()),
    })
}

/// Places `orders` and returns when the last one is confirmed.
async fn flow(shop: &Arc<FreshShop>, args: &BenchArgs, orders: u64) -> Result<()> {
    let confirmed = Confirmed::from_now(shop.runtime()).await?;
    let mut placers = JoinSet::new();
    for placer in 0..PLACERS {
        let (shop, durability) = (Arc::clone(shop), args.durability);
        placers.spawn(async move {
            for n in (placer..orders).step_by(usize::try_from(PLACERS).unwrap_or(1)) {
                let doc = shop.order(n);
                let placement = Placement {
                    doc: &doc,
                    payment_method: Some("pm_card_visa"),
                    idempotency: None,
                    limits: OpenLimits::default(),
                    trace: TraceParent::start(),
                };
                store::order::place_order(shop.runtime(), durability, &placement).await?;
            }
            store::Result::<()>::Ok(())
        });
    }
    confirmed.wait_for(shop.runtime(), orders).await?;
    for placed in placers.join_all().await {
        placed?;
    }
    Ok(())
}

struct Confirmed {
    key: String,
    after: String,
}

impl Confirmed {
    async fn from_now(runtime: &Runtime) -> Result<Self> {
        let key = runtime.partitions()[0].stream(Service::Order.writes());
        let newest = inspect::newest(&mut runtime.server().link(), &key, 1).await?;
        let after = newest
            .first()
            .map_or_else(|| "0-0".to_owned(), |entry| entry.id.clone());
        Ok(Self { key, after })
    }

    async fn wait_for(self, runtime: &Runtime, orders: u64) -> Result<()> {
        let mut connection = runtime
            .server()
            .dedicated(Duration::from_millis(BLOCK_MS * 5))
            .await?;
        let deadline = Instant::now() + PATIENCE;
        let mut after = [(self.key, self.after)];
        let mut confirmed = 0;
        while confirmed < orders {
            if Instant::now() > deadline {
                bail!("only {confirmed} of {orders} orders were confirmed within {PATIENCE:?}");
            }
            for (_, entries) in inspect::follow(&mut connection, &after, BLOCK_MS).await? {
                confirmed += entries
                    .iter()
                    .filter(|e| e.kind() == OrderConfirmed::KIND)
                    .count() as u64;
                if let Some(last) = entries.last() {
                    after[0].1.clone_from(&last.id);
                }
            }
        }
        Ok(())
    }
}
