//! Fresh servers and shops, one for each part of the benchmark, and shared steps of the parts.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use anyhow::{Result, ensure};
use contracts::{Contact, Currency, CustomerId, Line, OrderDocument, Product};
use shop::{demo_catalog, embedded_redis::EmbeddedRedis};
use store::{
    audit,
    durability::Durability,
    order::{OpenLimits, Placement},
};
use streamward::{Namespace, Runtime, Server, TraceParent};
use tempfile::TempDir;
use tokio::sync::Notify;

use crate::processes;

/// Products of a shop with the demo catalogue.
pub(super) const PRODUCTS: usize = 16;

/// A redis-server in a temporary folder, and a runtime on it.
#[derive(Debug)]
pub(super) struct FreshRedis {
    pub(super) runtime: Runtime,
    pub(super) dir: TempDir,
    // Dropped last, because the server must outlive its clients.
    _redis: EmbeddedRedis,
}

impl FreshRedis {
    pub(super) async fn start(durability: Durability) -> Result<Self> {
        let dir = processes::temp_dir()?;
        let redis = EmbeddedRedis::start(dir.path(), durability).await?;
        let server = Server::new(&redis.url())?;
        let runtime = Runtime::open(server, &Namespace::default(), 1).await?;
        Ok(Self {
            runtime,
            dir,
            _redis: redis,
        })
    }
}

/// A shop with the demo catalogue, without services.
#[derive(Debug)]
pub(super) struct FreshShop {
    pub(super) redis: FreshRedis,
    products: Vec<Product>,
}

impl FreshShop {
    pub(super) async fn start(durability: Durability) -> Result<Self> {
        let redis = FreshRedis::start(durability).await?;
        demo_catalog::seed(&redis.runtime, PRODUCTS).await?;
        let products = demo_catalog::products(PRODUCTS).into_iter();
        let plenty = products.filter(|demo| demo.units > 1000);
        Ok(Self {
            redis,
            products: plenty.map(|demo| demo.product).collect(),
        })
    }

    pub(super) const fn runtime(&self) -> &Runtime {
        &self.redis.runtime
    }

    pub(super) fn redis_url(&self) -> &str {
        self.runtime().server().url()
    }

    /// Returns order number `n`: two products, as the limit was defined with, for one of 64 customers.
    pub(super) fn order(&self, n: u64) -> OrderDocument {
        let start = usize::try_from(n).unwrap_or(0);
        let line = |offset: usize| {
            let product = &self.products[(start + offset) % self.products.len()];
            Line {
                product_id: product.id.clone(),
                name: product.name.clone(),
                quantity: 1,
                unit_price: product.price.amount,
            }
        };
        let items = vec![line(0), line(1)];
        OrderDocument {
            customer_id: CustomerId::new(1, u128::from(n % 64)),
            contact: Contact {
                name: "Bench Mark".to_owned(),
                email: "bench@example.com".to_owned(),
                phone: None,
            },
            coupon: None,
            discount: 0,
            subtotal: items.iter().map(Line::total).sum(),
            currency: Currency::EUR,
            items,
        }
    }

    /// Places order number `n` through the store.
    pub(super) async fn place(&self, n: u64, durability: Durability) -> store::Result<()> {
        let placement = Placement {
            doc: &self.order(n),
            payment_method: Some("pm_card_visa"),
            idempotency: None,
            limits: OpenLimits::default(),
            trace: TraceParent::start(),
        };
        store::order::place_order(self.runtime(), durability, &placement).await?;
        Ok(())
    }

    /// Fails unless the ledgers balance; otherwise the figures do not count.
    pub(super) async fn audit(&self) -> Result<()> {
        audit(self.runtime()).await
    }
}

/// Fails unless the shop's ledgers balance.
pub(super) async fn audit(runtime: &Runtime) -> Result<()> {
    let report = audit::run(runtime).await?;
    let drifts = &report.drifts;
    ensure!(report.balances(), "the ledgers do not balance: {drifts:?}");
    Ok(())
}

/// A counter that signals when it reaches zero.
#[derive(Debug)]
pub(super) struct Countdown {
    left: AtomicU64,
    zero: Notify,
}

impl Countdown {
    pub(super) fn from(count: u64) -> Arc<Self> {
        Arc::new(Self {
            left: AtomicU64::new(count),
            zero: Notify::new(),
        })
    }

    pub(super) fn count(&self) {
        if self.left.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.zero.notify_one();
        }
    }

    pub(super) async fn wait(&self) {
        self.zero.notified().await;
    }
}

/// Returns the median of some values.
pub(super) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Converts a count.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of a benchmark are far below 2^52"
)]
pub(crate) const fn float(count: u64) -> f64 {
    count as f64
}
