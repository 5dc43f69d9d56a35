//! `streamward demo`: a flood of orders while parts, the redis-server and the whole shop are killed.
//!
//! It ends with 0 when every order has ended and the books balance.

use std::{process::ExitCode, time::Duration};

use anyhow::{Context, Result, ensure};
use supervision::Fault;
use tokio::time::{Instant, sleep};

use super::{
    audit,
    child::{self, Role},
    crash,
};
use crate::{
    args::{CrashArgs, DemoArgs, Where},
    locate, output,
    temp_dir::TempDir,
};

const PARTS: [(&str, Fault); 6] = [
    ("inventory/worker-0", Fault::Panic),
    ("payment/worker-1", Fault::Kill),
    ("order/intake", Fault::Panic),
    ("notification/settler", Fault::Panic),
    ("inventory", Fault::Kill),
    ("order/reclaimer", Fault::Kill),
];
const PAUSE: Duration = Duration::from_millis(700);

pub(crate) async fn run(args: &DemoArgs) -> Result<ExitCode> {
    let dir = TempDir::create()?;
    let place = Where {
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
    let shop = Role::start(&flags, dir.path(), "off").await?;
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
    let flood = child::load(&on_data, orders, &pace);
    let (report, shop) = tokio::join!(flood, break_things(shop, &place, &ports, started));
    let (report, shop) = (report?, shop?);

    output::line("");
    report.print();
    output::line("");
    let books = store::audit::run(&locate::runtime(&place).await?).await?;
    audit::print(&books);
    shop.stop().await?;
    ensure!(books.balances(), "the books do not balance");
    Ok(ExitCode::SUCCESS)
}

/// Crashes parts, then the redis-server, then everything; returns the shop that runs at the end.
async fn break_things(
    shop: Role,
    place: &Where,
    ports: &crate::data_dir::RunFile,
    started: Instant,
) -> Result<Role> {
    let tell = |what: &str| {
        output::line(format!(
            "{:>6.1} s  {what}",
            started.elapsed().as_secs_f64()
        ));
    };
    for (path, how) in PARTS {
        sleep(PAUSE).await;
        let args = CrashArgs {
            path: path.to_owned(),
            how,
            place: place.clone(),
        };
        crash::strike(&args).await?;
        tell(&format!("{how} {path}"));
    }
    sleep(PAUSE).await;
    child::send(
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
    let shop = Role::start(&flags, &place.data, "off").await?;
    tell("started again on the same data");
    Ok(shop)
}

fn address(url: &str) -> &str {
    url.trim_start_matches("http://")
}
