//! `bench --rest`: the same shop as synchronous services that call each other over HTTP, beside the
//! event-driven shop, in one run.
//!
//! Both have a process per service, a redis-server, a provider and an SMS API of their own, and the
//! same buyers. Latency and throughput are measured one shop after the other; faults are injected
//! into both at the same time.

mod buyers;
mod chain;
mod client;
mod contender;
mod externals;
mod faults;
mod outcome;
mod picture;
mod report;
#[cfg(test)]
mod tests;

use std::{process::ExitCode, time::Duration};

use anyhow::{Context, Result, ensure};
use shop::output;
use tokio::net::TcpListener;

use super::{BenchArgs, announce, fixture};
use contender::{ChildArgs, Contender, Kind};
use faults::FAULTS;
use report::{Comparison, FaultReport, Healthy};

const WARM_UP: u64 = 300;
const PACED_RATE: u32 = 100;
/// Orders of the burst, for each order of a fault.
const BURST: u64 = 3;
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs a service of the chain in this process, until SIGTERM.
pub(super) async fn serve(args: &str) -> Result<ExitCode> {
    let args: ChildArgs = serde_json::from_str(args).context("--rest-service")?;
    let listener = TcpListener::bind(&args.listen).await?;
    output::line(format!("ready http://{}", listener.local_addr()?));
    chain::serve(args.part, &args.settings, listener).await?;
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn measure(args: &BenchArgs) -> Result<Comparison> {
    announce(
        "both shops without faults: at 100 orders a second, then as fast as 64 connections allow",
    );
    let (mut rest, rest_healthy) = start(Kind::Rest, args).await?;
    let (mut events, events_healthy) = start(Kind::Events, args).await?;
    let mut faults = Vec::with_capacity(FAULTS.len());
    for shop in [&rest, &events] {
        shop.externals.delay_provider(faults::USUAL);
    }
    for fault in FAULTS {
        announce(&format!(
            "{} orders in each shop: {}",
            args.orders,
            fault.name()
        ));
        let rest = fault.measure(&mut rest, args.orders);
        let (rest, events) = tokio::join!(rest, fault.measure(&mut events, args.orders));
        faults.push(FaultReport {
            fault: fault.name(),
            rest: rest?,
            events: events?,
        });
    }
    Ok(Comparison {
        orders: args.orders,
        rest: rest_healthy,
        events: events_healthy,
        faults,
    })
}

/// Starts a shop, and measures it without faults.
async fn start(kind: Kind, args: &BenchArgs) -> Result<(Contender, Healthy)> {
    let shop = Contender::start(kind, args.durability).await?;
    let (buyers, externals) = (&shop.buyers, &shop.externals);
    let confirm = async |orders, rate| {
        let purchases = buyers.buy(&externals.shop, shop.url(), orders, rate).await;
        let accepted = purchases.iter().filter(|purchase| purchase.is_accepted());
        let accepted = accepted.count();
        ensure!(
            accepted == purchases.len(),
            "only {accepted} of {orders} orders were accepted"
        );
        buyers.confirmed(&purchases, PATIENCE).await;
        Ok(purchases)
    };
    confirm(WARM_UP, 0).await?;
    let paced = confirm(args.orders, PACED_RATE).await?;
    let burst = confirm(args.orders * BURST, 0).await?;
    let (answer, confirmed) = buyers.latencies(&paced);
    let healthy = Healthy {
        answer,
        confirmed,
        burst_per_second: buyers.throughput(&burst),
        burst_answer: buyers.latencies(&burst).0,
    };
    if kind == Kind::Events {
        fixture::audit(externals.shop.runtime()).await?;
    }
    Ok((shop, healthy))
}
