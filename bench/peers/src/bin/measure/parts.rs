//! The parts of the measurement, each on a fresh server.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use peers::{
    figures::share,
    server::{Progress, Server},
};
use redis::AsyncCommands;
use serde::Serialize;

use crate::process::Peer;

/// Orders per second of the paced part.
pub const PACE: u64 = 200;
/// Orders of the paced part.
pub const PACED: u64 = 2000;
/// Orders before them, until the workers have started.
const WARM_UP: u64 = 200;
const LIMIT: Duration = Duration::from_secs(120);

/// Latency from the first step to the last.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Latency {
    pub p50_ms: f64,
    pub p99_ms: f64,
}

/// Result of a kill in the middle of a burst.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Kill {
    /// Seconds from the kill, with the restart following immediately, until the last confirmation.
    pub seconds: f64,
    /// Orders that were not confirmed in the time watched.
    pub undone: usize,
    /// Steps that ran more than once.
    pub repeated: usize,
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn seconds(from: u64, to: u64) -> f64 {
    to.saturating_sub(from) as f64 / 1e6
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn rate(count: u64, seconds: f64) -> f64 {
    count as f64 / seconds
}

/// Returns no-ops per second, from the first to the last.
pub async fn noops(peer: &Peer) -> Result<f64> {
    let mut server = Server::start("everysec").await?;
    peer.run(&server.url, &["fill-noops", &peer.noops.to_string()])?;
    let _workers = peer.work(&server.url, "work-noops")?;
    ensure!(
        server.reached("last", 1, LIMIT).await?,
        "the last no-op is not handled"
    );
    let (first, last): (u64, u64) = server.link.mget(&["first", "last"]).await?;
    Ok(rate(peer.noops, seconds(first, last)))
}

/// Returns orders per second and the seconds from the first step to the last confirmation.
pub async fn burst(peer: &Peer) -> Result<(f64, f64)> {
    let mut server = Server::start("everysec").await?;
    peer.run(&server.url, &["fill-orders", &peer.orders.to_string()])?;
    let _workers = peer.work(&server.url, "work-orders")?;
    let done = server.reached("confirmed", peer.orders, LIMIT).await?;
    ensure!(done, "not all orders are confirmed");
    let orders = server.progress(peer.orders).await?;
    server.audit(&orders).await?;
    let first = orders.iter().filter_map(|order| order.created).min();
    let last = orders.iter().filter_map(|order| order.confirmed).max();
    let seconds = seconds(first.unwrap_or(0), last.unwrap_or(0));
    Ok((rate(peer.orders, seconds), seconds))
}

/// Returns the latency of orders at a fixed rate.
pub async fn paced(peer: &Peer) -> Result<Latency> {
    let mut server = Server::start("everysec").await?;
    let _workers = peer.work(&server.url, "work-orders")?;
    let (pace, warm_up, paced) = (PACE.to_string(), WARM_UP.to_string(), PACED.to_string());
    peer.run(&server.url, &["fill-orders", &warm_up])?;
    let warm = server.reached("confirmed", WARM_UP, LIMIT).await?;
    ensure!(warm, "not all orders of the warm-up are confirmed");
    peer.run(&server.url, &["paced", &pace, &warm_up, &paced])?;
    let done = server.reached("confirmed", WARM_UP + PACED, LIMIT).await?;
    ensure!(done, "not all paced orders are confirmed");
    let orders = server.progress(WARM_UP + PACED).await?;
    server.audit(&orders).await?;
    let counted = orders.iter().skip(usize::try_from(WARM_UP)?);
    let times: Vec<f64> = counted.filter_map(time_to_confirm_ms).collect();
    Ok(Latency {
        p50_ms: share(&times, 50).context("no order is confirmed")?,
        p99_ms: share(&times, 99).context("no order is confirmed")?,
    })
}

fn time_to_confirm_ms(order: &Progress) -> Option<f64> {
    Some(seconds(order.created?, order.confirmed?) * 1000.0)
}

/// Kills the workers `after` seconds of a burst, starts them again and watches.
pub async fn kill(peer: &Peer, after: f64, watch: u64) -> Result<Kill> {
    let mut server = Server::start("everysec").await?;
    peer.run(&server.url, &["fill-orders", &peer.orders.to_string()])?;
    let workers = peer.work(&server.url, "work-orders")?;
    let started = async {
        while !server.link.exists::<_, bool>("open").await? {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        anyhow::Ok(())
    };
    tokio::time::timeout(LIMIT, started)
        .await
        .context("no order is created")??;
    tokio::time::sleep(Duration::from_secs_f64(after)).await;
    drop(workers);
    let killed = Instant::now();
    let _workers = peer.work(&server.url, "work-orders")?;
    server
        .reached("confirmed", peer.orders, Duration::from_secs(watch))
        .await?;
    let seconds = killed.elapsed().as_secs_f64();
    let orders = server.progress(peer.orders).await?;
    server.audit(&orders).await?;
    let calls = orders.iter().flat_map(|order| order.calls);
    Ok(Kill {
        seconds,
        undone: orders
            .iter()
            .filter(|order| order.confirmed.is_none())
            .count(),
        repeated: calls.filter(|calls| *calls > 1).count(),
    })
}
