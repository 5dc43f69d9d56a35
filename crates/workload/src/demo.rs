//! `streamward demo`: a flood of orders while parts, the redis-server and the whole shop are killed.
//!
//! It ends with 0 when every order has ended and the books balance.

use std::{process::ExitCode, time::Duration};

use anyhow::{Context, Result, ensure};
use clap::Args;
use shop::{
    api_client::ApiClient,
    data_dir::RunFile,
    locate::{self, Location},
    output,
};
use supervision::Fault;
use tokio::time::{Instant, sleep};

use crate::processes::{self, ShopProcess};

const PARTS: [(&str, Fault); 6] = [
    ("inventory/worker-0", Fault::Panic),
    ("payment/worker-1", Fault::Kill),
    ("order/intake", Fault::Panic),
    ("notification/settler", Fault::Panic),
    ("inventory", Fault::Kill),
    ("order/reclaimer", Fault::Kill),
];
const PAUSE: Duration = Duration::from_millis(700);

#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Orders in the flood.
    #[arg(long, default_value_t = 3000)]
    pub(crate) orders: u64,
    /// Orders per second.
    #[arg(long, default_value_t = 300)]
    pub(crate) rate: u64,
}

pub async fn run(args: &DemoArgs) -> Result<ExitCode> {
    let dir = processes::temp_dir()?;
    let place = Location {
        data: dir.path().to_owned(),
        redis: None,
        api: None,
        namespace: None,
    };
    let flags = [
        "up",
        "--listen",
        "127.0.0.1:0",
        "--provider-listen",
        "127.0.0.1:0",
    ];
    let shop = ShopProcess::start(&flags, dir.path(), "off").await?;
    output::line(format!(
        "a shop runs on {}, its data in {}",
        shop.ready,
        dir.path().display()
    ));
    let ports = locate::run_file(&place)?.context("run.json")?;
    output::line(format!(
        "{} orders at {} per second, and meanwhile:",
        args.orders, args.rate
    ));

    let started = Instant::now();
    let (orders, rate) = (args.orders, args.rate.to_string());
    let data = dir.path().display().to_string();
    let (on_data, pace) = (["--data", data.as_str()], ["--rate", rate.as_str()]);
    let flood = processes::load(&on_data, orders, &pace);
    let (report, shop) = tokio::join!(flood, break_things(shop, &place, &ports, started));
    let (report, shop) = (report?, shop?);

    output::line("");
    report.print();
    output::line("");
    let balances = processes::audit(dir.path()).await?;
    shop.stop().await?;
    ensure!(balances, "the books do not balance");
    Ok(ExitCode::SUCCESS)
}

/// Crashes parts, then the redis-server, then everything; returns the shop that runs at the end.
async fn break_things(
    shop: ShopProcess,
    place: &Location,
    ports: &RunFile,
    started: Instant,
) -> Result<ShopProcess> {
    let tell = |what: &str| {
        output::line(format!(
            "{:>6.1} s  {what}",
            started.elapsed().as_secs_f64()
        ));
    };
    for (path, how) in PARTS {
        sleep(PAUSE).await;
        ApiClient::admin(place)?.crash(path, how).await?;
        tell(&format!("{how} {path}"));
    }
    sleep(PAUSE).await;
    processes::send(
        "-KILL",
        locate::redis_pid(&locate::runtime(place).await?).await?,
    )
    .await?;
    tell("kill -9 redis-server; its supervisor starts it again");
    sleep(PAUSE * 2).await;
    shop.kill().await?;
    tell("kill -9 the whole shop");
    sleep(PAUSE).await;
    // The same ports, so that its clients find it again.
    let (api, provider) = (address(&ports.api), address(&ports.provider));
    let flags = ["up", "--listen", api, "--provider-listen", provider];
    let shop = ShopProcess::start(&flags, &place.data, "off").await?;
    tell("started again on the same data");
    Ok(shop)
}

fn address(url: &str) -> &str {
    url.trim_start_matches("http://")
}
