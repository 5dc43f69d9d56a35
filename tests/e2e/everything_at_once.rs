//! Customers of every kind, a provider with every fault, and processes that are killed all the time:
//! every order ends, the ledgers balance, and the provider has charged exactly the served orders.
//!
//! `make soak` runs it with 10,000 orders and a kill every three seconds.

use std::{path::PathBuf, time::Duration};

use contracts::Service;
use serde_json::{Value, json};
use tokio::time::{Instant, interval_at};

use crate::{distributed_shop::DistributedShop, soak};

const OF_EACH: usize = 2;

/// The size of the run.
struct Size {
    orders: u32,
    rate: u32,
    between_kills: Duration,
}

impl Size {
    fn chosen() -> Self {
        if soak::is_requested() {
            Self {
                orders: 10_000,
                rate: 60,
                between_kills: Duration::from_secs(3),
            }
        } else {
            Self {
                orders: 240,
                rate: 40,
                between_kills: Duration::from_secs(1),
            }
        }
    }
}

async fn load(data: PathBuf, size: &Size) -> Value {
    let (orders, rate) = (size.orders.to_string(), size.rate.to_string());
    let flags = [
        "--mix",
        "realistic",
        "--orders",
        &orders,
        "--rate",
        &rate,
        "--patience",
        "120s",
    ];
    DistributedShop::load(&data, &flags).await
}

/// Kills a random process every so often, and starts it again, until `until` is over.
async fn kill_meanwhile<T>(
    shop: &mut DistributedShop,
    every: Duration,
    until: impl Future<Output = T>,
) -> T {
    let mut ticks = interval_at(Instant::now() + every, every);
    tokio::pin!(until);
    loop {
        tokio::select! {
            done = &mut until => return done,
            _ = ticks.tick() => {}
        }
        let service = Service::ALL[rand::random_range(0..Service::ALL.len())];
        let index = rand::random_range(0..OF_EACH);
        shop.kill(service, index).await;
        shop.start(service, index).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_order_ends_and_every_charge_is_served_or_refunded() {
    let size = Size::chosen();
    let mut shop = DistributedShop::open(OF_EACH, "10s").await;
    let tenth = json!({
        "delayMs": [0, 200], "duplicate": 0.1, "reorder": 0.1, "drop": 0.1,
        "badSignature": 0.1, "staleTimestamp": 0.1, "error500": 0.1,
    });
    shop.faults(&tenth).await;

    let load = load(shop.data().to_owned(), &size);
    let report = kill_meanwhile(&mut shop, size.between_kills, load).await;
    let count = |what: &Value| what.as_u64().unwrap_or(0);
    let ended: u64 = report["ended"]
        .as_object()
        .unwrap()
        .values()
        .map(count)
        .sum();
    assert_eq!(ended, u64::from(size.orders), "{report}");

    shop.until_at_rest().await;
    shop.audit().await;
    let ledger = shop.ledger().await;
    let confirmed = count(&report["ended"]["confirmed"]);
    let kept = count(&ledger["charges"]) - count(&ledger["refunds"]);
    assert_eq!(kept, confirmed, "{ledger} {report}");
}
