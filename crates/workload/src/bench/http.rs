//! The parts over HTTP: every role and the load generator in processes of their own.

use std::{path::Path, sync::Arc};

use anyhow::{Result, bail, ensure};
use serde::Serialize;
use shop::locate::{self, Location};
use streamward::Runtime;
use tokio::net::TcpListener;

use super::{
    BenchArgs,
    fixture::FreshShop,
    usage::{CostPerOrder, Usage, peak_mib},
};
use crate::{
    load::LoadReport,
    processes::{self, ShopProcess},
};

const PACED_RATE: u64 = 200;
const ANY_PORT: &str = "127.0.0.1:0";
const LOG: &str = "error";

/// What the whole shop reached over HTTP.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Shop {
    /// As fast as the connections allow.
    pub(super) flood: LoadReport,
    pub(super) per_order: CostPerOrder,
    /// 200 orders a second.
    pub(super) paced: LoadReport,
    /// Largest resident size of the shop's process, MiB.
    pub(super) peak_mib: f64,
}

/// Placements per second of a trivial handler that runs the one create script.
pub(super) async fn trivial(args: &BenchArgs) -> Result<f64> {
    let shop = FreshShop::start(args.durability).await?;
    let listener = TcpListener::bind(ANY_PORT).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let doc = Arc::new(shop.order(0));
    let server = api::placement_baseline(shop.runtime().clone(), args.durability, doc, listener);
    let load = load(&shop, &url, args.orders, &["--place-only", "--yardstick"]);
    tokio::select! {
        ended = server => bail!("the trivial server ended: {ended:?}"),
        report = load => Ok(report?.placed_per_second),
    }
}

/// Placements per second of `POST /v1/orders` alone: no service takes them on.
pub(super) async fn placing(args: &BenchArgs) -> Result<f64> {
    let shop = FreshShop::start(args.durability).await?;
    let data = shop.redis.dir.path().join("shop");
    let durability = args.durability.to_string();
    let flags = [
        "api",
        "--listen",
        ANY_PORT,
        "--durability",
        &durability,
        "--webhook-secret",
        "whsec_bench",
        "--redis",
        shop.redis_url(),
    ];
    let api = ShopProcess::start(&flags, &data, LOG).await?;
    let report = load(&shop, &api.ready, args.orders, &["--place-only"]).await?;
    api.stop().await?;
    Ok(report.placed_per_second)
}

/// The whole shop of `streamward up`.
pub(super) async fn shop(args: &BenchArgs) -> Result<Shop> {
    let dir = processes::temp_dir()?;
    let durability = args.durability.to_string();
    let flags = [
        "up",
        "--listen",
        ANY_PORT,
        "--provider-listen",
        ANY_PORT,
        "--durability",
        &durability,
    ];
    let up = ShopProcess::start(&flags, dir.path(), LOG).await?;
    let pid = up.pid()?;
    let runtime = runtime_of(dir.path()).await?;
    let data = dir.path().display().to_string();
    let place = ["--data", data.as_str()];
    processes::load(&place, 500, &[]).await?;
    let before = Usage::read(&runtime, pid).await?;
    let flood = processes::load(&place, args.orders, &[]).await?;
    let per_order = Usage::read(&runtime, pid)
        .await?
        .per_order(before, args.orders);
    let (rate, orders) = (PACED_RATE.to_string(), PACED_RATE * args.paced_seconds);
    let paced = processes::load(&place, orders, &["--rate", &rate]).await?;
    let report = store::audit::run(&runtime).await?;
    ensure!(
        report.balances(),
        "the books do not balance: {:?}",
        report.drifts
    );
    let peak_mib = peak_mib(pid);
    up.stop().await?;
    Ok(Shop {
        flood,
        per_order,
        paced,
        peak_mib,
    })
}

async fn runtime_of(data: &Path) -> Result<Runtime> {
    locate::runtime(&Location {
        data: data.to_owned(),
        redis: None,
        api: None,
        namespace: None,
    })
    .await
}

async fn load(shop: &FreshShop, api: &str, orders: u64, flags: &[&str]) -> Result<LoadReport> {
    let place = ["--api", api, "--redis", shop.redis_url()];
    processes::load(&place, orders, flags).await
}
