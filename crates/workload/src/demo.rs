//! `streamward demo`: a flood of orders while parts, the redis-server and the whole shop are killed.
//!
//! It succeeds when every order has ended and the ledgers balance.

use std::{path::Path, process::ExitCode, time::Duration};

use anyhow::{Result, ensure};
use clap::Args;
use shop::{
    api_client::ApiClient,
    locate::{self, Location},
    output,
};
use supervision::Fault;
use tokio::time::{Instant, sleep};

use crate::processes::{self, ShopProcess};

const FAULTS: [(&str, Fault); 6] = [
    ("inventory/worker-0", Fault::Panic),
    ("payment/worker-1", Fault::Kill),
    ("order/intake", Fault::Panic),
    ("notification/settler", Fault::Panic),
    ("inventory", Fault::Kill),
    ("order/reclaimer", Fault::Kill),
];
const PAUSE: Duration = Duration::from_millis(700);

/// Arguments of `streamward demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Number of orders.
    #[arg(long, default_value_t = 3000)]
    orders: u64,
    /// Orders per second.
    #[arg(long, default_value_t = 300)]
    rate: u64,
}

/// Runs the demo.
pub async fn run(args: &DemoArgs) -> Result<ExitCode> {
    let dir = processes::temp_dir()?;
    let (data, orders) = (dir.path(), args.orders);
    let shop = ShopProcess::up(data, "off", "everysec").await?;
    let (url, folder) = (&shop.ready, data.display().to_string());
    output::line(format!("a shop runs on {url}, its data in {folder}"));
    output::line(format!(
        "{orders} orders at {} per second, and meanwhile:",
        args.rate
    ));

    let (location, rate) = (["--data", folder.as_str()], args.rate.to_string());
    let pace = ["--rate", rate.as_str()];
    let flood = processes::load(&location, orders, &pace);
    let (report, shop) = tokio::join!(flood, inject_faults(shop, data));
    let (report, shop) = (report?, shop?);

    output::line("");
    report.print();
    output::line("");
    let balances = processes::audit(data).await?;
    shop.stop().await?;
    ensure!(balances, "the ledgers do not balance");
    Ok(ExitCode::SUCCESS)
}

/// Crashes parts, then the redis-server, then the shop; returns the shop that runs at the end.
async fn inject_faults(shop: ShopProcess, data: &Path) -> Result<ShopProcess> {
    let (started, location) = (Instant::now(), Location::at(data));
    let print = |event: &str| {
        let seconds = started.elapsed().as_secs_f64();
        output::line(format!("{seconds:>6.1} s  {event}"));
    };
    let urls = location.run_file("--data")?;
    for (path, how) in FAULTS {
        sleep(PAUSE).await;
        ApiClient::admin(&location)?.crash(path, how).await?;
        print(&format!("{how} {path}"));
    }
    sleep(PAUSE).await;
    let redis = locate::redis_pid(&location.runtime().await?).await?;
    processes::send("-KILL", redis).await?;
    print("kill -9 redis-server; its supervisor restarts it");
    sleep(PAUSE * 2).await;
    shop.kill().await?;
    print("kill -9 the whole shop");
    sleep(PAUSE).await;
    // The same ports, so that its clients find it again.
    let address = |url: &str| url.trim_start_matches("http://").to_owned();
    let (api, provider) = (address(&urls.api), address(&urls.provider));
    let flags = ["up", "--listen", &api, "--provider-listen", &provider];
    let shop = ShopProcess::start(&flags, data, "off").await?;
    print("started again on the same data");
    Ok(shop)
}
