//! Measures queues beside each other: no-ops, the four steps of an order as fast as possible and at a fixed
//! rate, and a `kill -9` in the middle.
//!
//! `measure <output.json> <peer>..`, each peer `name|no-ops|orders|program|argument..` or
//! `name|skipped|reason`. The first peer is the baseline. ROUNDS (3) rounds alternate between the peers;
//! WATCH (90) seconds are waited for orders after a kill. REDIS_SERVER names another server.

mod parts;
mod process;
mod report;

use anyhow::{Context, Result};
use process::Peer;
use report::{Conditions, Results};

/// Seconds of a recovery that is measured in one round only.
const LONG: f64 = 20.0;

fn setting(name: &str, default: u64) -> Result<u64> {
    match std::env::var(name) {
        Ok(value) => value
            .parse()
            .with_context(|| format!("{name} is no number")),
        Err(_) => Ok(default),
    }
}

async fn measure_round(peer: &Peer, results: &mut Results, watch: u64) -> Result<()> {
    let noops = parts::noops(peer).await?;
    let (orders, seconds) = parts::burst(peer).await?;
    let latency = parts::paced(peer).await?;
    eprintln!(
        "{}: {noops:.0} no-ops/s, {orders:.0} orders/s, {:.1} / {:.1} ms",
        peer.name, latency.p50_ms, latency.p99_ms
    );
    results.noops_per_second.push(noops);
    results.orders_per_second.push(orders);
    results.paced.push(latency);
    // A long wait is not repeated in later rounds.
    if results
        .kills
        .last()
        .is_none_or(|kill| kill.undone == 0 && kill.seconds < LONG)
    {
        let kill = parts::kill(peer, seconds / 2.0, watch).await?;
        eprintln!("{}: {kill:?}", peer.name);
        results.kills.push(kill);
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let output = arguments
        .next()
        .context("usage: measure <output.json> <peer>..")?;
    let (rounds, watch) = (setting("ROUNDS", 3)?, setting("WATCH", 90)?);
    let (mut measured, mut skipped) = (Vec::new(), Vec::new());
    for spec in arguments {
        match Peer::parse(&spec)? {
            Ok(peer) => measured.push((peer, Results::default())),
            Err(reason) => skipped.push(reason),
        }
    }
    for round in 1..=rounds {
        eprintln!("==> round {round} of {rounds}");
        for (peer, results) in &mut measured {
            // A failed peer fails by name, not the run.
            if results.failure.is_none()
                && let Err(error) = measure_round(peer, results, watch).await
            {
                eprintln!("{}: {error:#}", peer.name);
                results.failure = Some(format!("{error:#}"));
            }
        }
    }
    let conditions = Conditions::read(rounds, watch).await?;
    report::print(&conditions, &measured, &skipped);
    report::save(&output, &conditions, &measured, &skipped)
}
