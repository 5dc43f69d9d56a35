//! The parts over HTTP: every role and the load generator in processes of their own.

use std::{path::Path, process::Stdio, sync::Arc};

use anyhow::{Context, Result, bail, ensure};
use serde::Serialize;
use streamward::Runtime;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpListener,
    process::{Child, Command},
};

use super::{
    meters::{Meters, PerOrder, peak_mib},
    stage::{Stage, TempDir},
};
use crate::{
    args::{BenchArgs, Where},
    commands::load::LoadReport,
    locate,
};

const PACED_RATE: u64 = 200;
const ANY_PORT: &str = "127.0.0.1:0";

/// What the whole shop reached over HTTP.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Shop {
    /// As fast as the connections allow.
    pub(super) flood: LoadReport,
    pub(super) per_order: PerOrder,
    /// 200 orders a second.
    pub(super) paced: LoadReport,
    /// Largest resident size of the shop's process, MiB.
    pub(super) peak_mib: f64,
}

/// Placements per second of a trivial handler that runs the one create script.
pub(super) async fn trivial(args: &BenchArgs) -> Result<f64> {
    let stage = Stage::set(args.durability).await?;
    let listener = TcpListener::bind(ANY_PORT).await?;
    let url = format!("http://{}", listener.local_addr()?);
    let doc = Arc::new(stage.order(0));
    let server = api::yardstick(stage.runtime.clone(), args.durability, doc, listener);
    let load = load(&stage, &url, args.orders, &["--place-only", "--yardstick"]);
    tokio::select! {
        ended = server => bail!("the trivial server ended: {ended:?}"),
        report = load => Ok(report?.placed_per_second),
    }
}

/// Placements per second of `POST /v1/orders` alone: no service takes them on.
pub(super) async fn placing(args: &BenchArgs) -> Result<f64> {
    let stage = Stage::set(args.durability).await?;
    let data = stage.dir.path().join("shop");
    let durability = args.durability.to_string();
    let flags = [
        "api",
        "--listen",
        ANY_PORT,
        "--durability",
        &durability,
        "--webhook-secret",
        "whsec_bench",
    ];
    let (mut api, url) = role(&flags, &data, Some(stage.redis_url())).await?;
    let report = load(&stage, &url, args.orders, &["--place-only"]).await?;
    stop(&mut api).await?;
    Ok(report.placed_per_second)
}

/// The whole shop of `streamward up`.
pub(super) async fn shop(args: &BenchArgs) -> Result<Shop> {
    let dir = TempDir::create()?;
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
    let (mut up, _) = role(&flags, dir.path(), None).await?;
    let pid = up.id().context("the shop ended")?;
    let runtime = runtime_of(dir.path()).await?;
    let data = dir.path().display().to_string();
    let place = ["--data", data.as_str()];
    measured_load(&place, 500, &[]).await?;
    let before = Meters::read(&runtime, pid).await?;
    let flood = measured_load(&place, args.orders, &[]).await?;
    let per_order = Meters::read(&runtime, pid)
        .await?
        .per_order(before, args.orders);
    let (rate, orders) = (PACED_RATE.to_string(), PACED_RATE * args.paced_seconds);
    let paced = measured_load(&place, orders, &["--rate", &rate]).await?;
    let report = store::audit::run(&runtime).await?;
    ensure!(
        report.balances(),
        "the books do not balance: {:?}",
        report.drifts
    );
    let peak_mib = peak_mib(pid);
    stop(&mut up).await?;
    Ok(Shop {
        flood,
        per_order,
        paced,
        peak_mib,
    })
}

async fn runtime_of(data: &Path) -> Result<Runtime> {
    locate::runtime(&Where {
        data: data.to_owned(),
        redis: None,
        api: None,
    })
    .await
}

/// Starts a role of this program and waits for its `ready` line; returns what it names.
async fn role(flags: &[&str], data: &Path, redis: Option<&str>) -> Result<(Child, String)> {
    let mut command = Command::new(std::env::current_exe()?);
    command
        .args(flags)
        .arg("--data")
        .arg(data)
        .args(["--log", "error"]);
    if let Some(url) = redis {
        command.args(["--redis", url]);
    }
    let mut child = command.stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
    let stdout = child.stdout.take().context("no output")?;
    let mut lines = BufReader::new(stdout).lines();
    let line = lines.next_line().await?.unwrap_or_default();
    let ready = line.strip_prefix("ready ").map(ToOwned::to_owned);
    let ready = ready.with_context(|| format!("{flags:?} said {line:?} instead of ready"))?;
    Ok((child, ready))
}

async fn stop(child: &mut Child) -> Result<()> {
    let pid = child.id().context("ended early")?.to_string();
    Command::new("kill").args(["-TERM", &pid]).status().await?;
    let status = child.wait().await?;
    ensure!(status.success(), "ended with {status}");
    Ok(())
}

async fn load(stage: &Stage, api: &str, orders: u64, flags: &[&str]) -> Result<LoadReport> {
    let place = ["--api", api, "--redis", stage.redis_url()];
    measured_load(&place, orders, flags).await
}

/// Runs the load generator in a process of its own and reads its report.
async fn measured_load(place: &[&str], orders: u64, flags: &[&str]) -> Result<LoadReport> {
    let mut command = Command::new(std::env::current_exe()?);
    command
        .args(["load", "--json", "--orders", &orders.to_string()])
        .args(place)
        .args(flags);
    let output = command.stderr(Stdio::inherit()).output().await?;
    let report: LoadReport = serde_json::from_slice(&output.stdout).context("the load's report")?;
    ensure!(
        report.placed == orders && report.unfinished == 0,
        "{} of {orders} orders placed, {} not ended: {:?}",
        report.placed,
        report.unfinished,
        report.failures
    );
    Ok(report)
}
