//! A fresh shop for one part of the benchmark: its own redis-server in a temporary folder.

use anyhow::{Result, ensure};
use contracts::{Contact, Currency, Line, OrderDocument, Product};
use shop::{demo_catalog, embedded_redis::EmbeddedRedis};
use store::{audit, durability::Durability};
use streamward::{Namespace, Runtime, Server};
use tempfile::TempDir;

use crate::processes;

const PRODUCTS: usize = 16;

/// A fresh redis-server in a temporary folder, and a runtime on it.
#[derive(Debug)]
pub(super) struct FreshRedis {
    pub(super) runtime: Runtime,
    pub(super) dir: TempDir,
    // Last, because the server must outlive what talks to it.
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

/// A fresh shop with the demo catalogue.
#[derive(Debug)]
pub(super) struct FreshShop {
    pub(super) redis: FreshRedis,
    products: Vec<Product>,
}

impl FreshShop {
    pub(super) async fn start(durability: Durability) -> Result<Self> {
        let redis = FreshRedis::start(durability).await?;
        demo_catalog::seed(&redis.runtime, PRODUCTS).await?;
        let products = demo_catalog::products(PRODUCTS);
        let plenty = products.into_iter().filter(|demo| demo.units > 1000);
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

    /// Order number `n`: two products of a customer of its own kind, as the limit was defined with.
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
            customer_id: contracts::CustomerId::new(1, u128::from(n % 64)),
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

    /// Figures count only when the books balance.
    pub(super) async fn audit(&self) -> Result<()> {
        let report = audit::run(self.runtime()).await?;
        ensure!(
            report.balances(),
            "the books do not balance: {:?}",
            report.drifts
        );
        Ok(())
    }
}
