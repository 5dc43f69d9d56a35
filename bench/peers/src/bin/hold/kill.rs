//! A client that is killed or frozen while it holds the hot product, and another that wants it.

use std::{
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use peers::figures::share;
use serde::Serialize;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use crate::{
    client::{Holder, Way},
    load::products,
    stock::Stock,
};

const KILLS: u32 = 20;
const FREEZES: u32 = 5;
/// A frozen client is waited for no longer.
pub const PATIENCE: Duration = Duration::from_secs(2);

/// Milliseconds until another client has held a unit of the hot product.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Waits {
    pub killed_p50_ms: f64,
    pub killed_max_ms: f64,
    /// `PATIENCE` when it was still waiting.
    pub frozen_max_ms: f64,
}

/// Runs as the victim: stops between lock and commit if the way has such a moment, otherwise holds units
/// without pause.
pub async fn victim(holder: Holder, way: Way) -> Result<()> {
    if let (Holder::Postgres(session), Way::Transaction) = (&holder, way) {
        ensure!(
            session.lock(products(0, true)).await?,
            "the hot product is sold out"
        );
        println!("holding");
        std::future::pending::<()>().await;
    }
    let first = i64::from(std::process::id()) * 1_000_000;
    for order in first.. {
        holder.hold(order, products(order, true)).await?;
        if order == first {
            println!("holding");
        }
    }
    Ok(())
}

async fn start(arguments: &[&str]) -> Result<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    command
        .args(arguments)
        .stdout(Stdio::piped())
        .kill_on_drop(true);
    let mut child = command.spawn()?;
    let output = child.stdout.take().context("its output is piped")?;
    match BufReader::new(output).lines().next_line().await?.as_deref() {
        Some("holding") => Ok(child),
        other => bail!("the victim says {other:?}"),
    }
}

async fn signal(child: &Child, signal: &str) -> Result<()> {
    let id = child.id().context("the victim runs")?.to_string();
    let status = Command::new("kill").args([signal, &id]).status().await?;
    ensure!(status.success(), "kill {signal} failed");
    Ok(())
}

/// Kills and freezes victims, started with `arguments`, and holds with `prober`.
pub async fn run(arguments: &[&str], prober: &Holder, stock: &mut Stock) -> Result<Waits> {
    stock.fill(None).await?;
    let (mut killed, mut frozen) = (Vec::new(), 0.0_f64);
    for round in 0..KILLS + FREEZES {
        let mut child = start(arguments).await?;
        tokio::time::sleep(Duration::from_millis(u64::from(3 + round))).await;
        let freeze = round >= KILLS;
        signal(&child, if freeze { "-STOP" } else { "-9" }).await?;
        let order = i64::from(round);
        let before = Instant::now();
        let hold = prober.hold(order, products(order, true));
        tokio::pin!(hold);
        let result = tokio::time::timeout(PATIENCE, &mut hold).await;
        let ms = before.elapsed().as_secs_f64() * 1000.0;
        if freeze {
            child.kill().await?;
            frozen = frozen.max(ms);
        } else {
            killed.push(ms);
        }
        child.wait().await?;
        let held = match result {
            Ok(held) => held?,
            Err(_) => hold.await?,
        };
        ensure!(held, "the hot product is sold out");
    }
    // Nothing is held by halves: units are taken exactly for the orders that have a reservation.
    stock.audit().await?;
    Ok(Waits {
        killed_p50_ms: share(&killed, 50).context("there were kills")?,
        killed_max_ms: share(&killed, 100).context("there were kills")?,
        frozen_max_ms: frozen,
    })
}
