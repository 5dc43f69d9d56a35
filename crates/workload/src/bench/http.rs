//! The parts over HTTP: every role and the load generator in processes of their own.

use std::{sync::Arc, time::Duration};

use anyhow::{Result, bail};
use serde::Serialize;
use shop::locate::Location;
use streamward::Runtime;
use tokio::net::TcpListener;

use super::{
    BenchArgs,
    fixture::{self, FreshShop},
    usage::{CostPerOrder, Measured, measured, peak_mib},
};
use crate::{
    load::LoadReport,
    processes::{self, ANY_PORT, ShopProcess},
};

const WARM_UP: u64 = 500;
const PACED_RATE: u64 = 200;
/// Time before and of the measurement of an idle shop.
const SETTLING: Duration = Duration::from_secs(5);
const IDLE: Duration = Duration::from_secs(20);
const LOG: &str = "error";

/// Throughput and latency of the whole shop over HTTP.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Shop {
    /// Orders as fast as the connections allow.
    pub(super) flood: LoadReport,
    pub(super) per_order: CostPerOrder,
    /// 200 orders a second.
    pub(super) paced: LoadReport,
    /// Peak resident size of the shop's process, MiB.
    pub(super) peak_mib: f64,
    /// Share of a core that the shop and its redis-server use while nothing happens.
    pub(super) idle_share: f64,
}

/// Measures placements per second of a trivial handler that runs only the placing script.
pub(super) async fn trivial(args: &BenchArgs) -> Result<f64> {
    let shop = FreshShop::start(args.durability).await?;
    let listener = TcpListener::bind(ANY_PORT).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let order = Arc::new(shop.order(0));
    let server = api::placement_baseline(shop.runtime().clone(), args.durability, order, listener);
    tokio::select! {
        ended = server => bail!("the trivial server ended: {ended:?}"),
        report = load(&shop, &url, args.orders, &["--place-only", "--baseline"]) => {
            Ok(report?.placed_per_second)
        }
    }
}

/// Measures placements per second of `POST /v1/orders` alone, without services.
pub(super) async fn placing(args: &BenchArgs) -> Result<f64> {
    let shop = FreshShop::start(args.durability).await?;
    let data = shop.redis.dir.path().join("shop");
    let durability = args.durability.to_string();
    let place = ["api", "--listen", ANY_PORT, "--redis", shop.redis_url()];
    let settings = [
        "--durability",
        &durability,
        "--webhook-secret",
        "whsec_bench",
    ];
    let api = ShopProcess::start(&[&place[..], &settings].concat(), &data, LOG).await?;
    let report = load(&shop, &api.ready, args.orders, &["--place-only"]).await?;
    api.stop().await?;
    Ok(report.placed_per_second)
}

/// Measures the whole shop of `streamward up`.
pub(super) async fn shop(args: &BenchArgs) -> Result<Shop> {
    let dir = processes::temp_dir()?;
    let up = ShopProcess::up(dir.path(), LOG, &args.durability.to_string()).await?;
    let (pid, runtime) = (up.pid()?, Location::at(dir.path()).runtime().await?);
    let data = dir.path().display().to_string();
    let location = ["--data", data.as_str()];
    let idle_share = idle_share(&runtime, pid).await?;
    processes::load(&location, WARM_UP, &[]).await?;
    let flood = processes::load(&location, args.orders, &[]);
    let flood = measured(&runtime, pid, args.orders, flood).await?;
    let (rate, orders) = (PACED_RATE.to_string(), PACED_RATE * args.paced_seconds);
    let paced = processes::load(&location, orders, &["--rate", &rate]).await?;
    fixture::audit(&runtime).await?;
    let peak_mib = peak_mib(pid);
    up.stop().await?;
    Ok(Shop {
        flood: flood.result,
        per_order: flood.per_order,
        paced,
        peak_mib,
        idle_share,
    })
}

/// Measures the share of a core that an idle shop uses.
async fn idle_share(runtime: &Runtime, pid: u32) -> Result<f64> {
    // The first seconds belong to the start.
    tokio::time::sleep(SETTLING).await;
    let idle = async {
        tokio::time::sleep(IDLE).await;
        Ok(())
    };
    let measured = measured(runtime, pid, 1, idle).await?;
    let Measured {
        per_order: used, ..
    } = measured;
    Ok((used.redis_cpu_us + used.process_cpu_us) / 1e6 / IDLE.as_secs_f64())
}

async fn load(shop: &FreshShop, api: &str, orders: u64, flags: &[&str]) -> Result<LoadReport> {
    let location = ["--api", api, "--redis", shop.redis_url()];
    processes::load(&location, orders, flags).await
}
