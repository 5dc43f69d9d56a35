//! `streamward load`: places many orders over HTTP and measures until the last one ends.

mod flash;
mod ledger;
mod plan;
mod report;
mod request;
mod shoppers;
mod watch;

use std::{process::ExitCode, sync::Arc};

use anyhow::Result;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use streamward::{Runtime, Server};
use tokio::{task::JoinSet, time::Instant};

use self::{ledger::Ledger, shoppers::Shoppers};
use super::client::ApiClient;
use crate::{
    args::{LoadArgs, Mix},
    locate, output,
};

pub(crate) use self::report::{Latency, LoadReport};

const UNPLACED: u8 = 1;

pub(crate) async fn run(args: &LoadArgs) -> Result<ExitCode> {
    let report = load(args).await?;
    if args.json {
        output::json(&report)?;
    } else {
        report.print();
    }
    Ok(if is_well(&report, args) {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(UNPLACED)
    })
}

/// Whether everything came out as it must for this kind of load.
fn is_well(report: &LoadReport, args: &LoadArgs) -> bool {
    if args.flash {
        return flash::sold_exactly(report, args.units);
    }
    match args.mix {
        Mix::Uniform => report.is_complete() && report.placed == args.orders,
        // Some customers may come up against what the shop refuses.
        Mix::Realistic => report.is_complete(),
    }
}

/// Places the orders, waits for their ends, and reports.
async fn load(args: &LoadArgs) -> Result<LoadReport> {
    let client = ApiClient::new(&locate::api_url(&args.place)?, None)?;
    let shoppers = if args.flash {
        flash::invite(args, &locate::runtime(&args.place).await?).await?
    } else {
        Arc::new(Shoppers::invite(&client, args).await?)
    };
    let ledger = Arc::new(Ledger::default());
    let mut background = JoinSet::new();
    if !args.place_only {
        let runtime = locate::runtime(&args.place).await?;
        let start = watch::newest(&runtime).await?;
        background.spawn(watch::follow(reopen(&runtime)?, start, Arc::clone(&ledger)));
    }
    let bar = progress(args);
    let started = Instant::now();
    shoppers.shop(args, &ledger, &bar).await;
    let placing = started.elapsed();
    if !args.place_only {
        ledger.wait_until_all_ended(args.patience).await;
    }
    let total = started.elapsed();
    bar.finish_and_clear();
    background.shutdown().await;
    Ok(LoadReport::of(&ledger.close(), args, placing, total))
}

/// The follower outlives restarts of the shop, so it has connections of its own.
fn reopen(runtime: &Runtime) -> Result<(Server, Vec<String>)> {
    let server = Server::new(runtime.server().url())?;
    let keys = runtime
        .partitions()
        .iter()
        .map(|partition| partition.stream("orders"));
    Ok((server, keys.collect()))
}

fn progress(args: &LoadArgs) -> ProgressBar {
    let bar = ProgressBar::new(args.orders);
    if args.json {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    let template = "{bar:40} {pos}/{len} orders  {per_sec}  {eta}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar
}
