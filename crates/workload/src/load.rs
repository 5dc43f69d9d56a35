//! `streamward load`: places many orders over HTTP and measures until the last one ends.

mod customers;
mod flash_sale;
mod follower;
mod plan;
mod report;
mod request;
mod tracker;

use std::{process::ExitCode, sync::Arc, time::Duration};

use anyhow::Result;
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use shop::{
    api_client::ApiClient,
    locate::{self, Location},
    output,
};
use streamward::{Runtime, Server};
use tokio::{task::JoinSet, time::Instant};

use self::{customers::Customers, tracker::OrderTracker};

pub(crate) use self::report::{Latency, LoadReport};

const UNPLACED: u8 = 1;

/// Which customers a load is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Mix {
    /// Everybody buys at once with the same payment method, so that measurements are alike.
    Uniform,
    /// Coupons, declined cards, orders that are cancelled or never paid, slow payments, requests
    /// that are sent twice.
    Realistic,
}

#[derive(Clone, Debug, Args)]
pub struct LoadArgs {
    /// How many orders.
    #[arg(long, default_value_t = 1000)]
    pub(crate) orders: u64,
    /// Orders per second; 0 is as fast as the connections allow.
    #[arg(long, default_value_t = 0)]
    pub(crate) rate: u64,
    /// Requests in flight at most when there is no rate; with one, 512.
    #[arg(long, default_value_t = 64)]
    pub(crate) connections: usize,
    /// Payment method that comes with every order of a uniform mix; empty for none.
    #[arg(long, default_value = "pm_card_visa")]
    pub(crate) method: String,
    /// Which customers place them.
    #[arg(long, value_enum, default_value = "uniform", conflicts_with_all = ["place_only", "yardstick"])]
    pub(crate) mix: Mix,
    /// A flash sale: every order is another buyer's, all for one new product. Needs `admin.json`.
    #[arg(long, conflicts_with_all = ["mix", "method", "place_only", "yardstick"])]
    pub(crate) flash: bool,
    /// Units in the flash sale.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) units: u64,
    /// Measure placing alone, without waiting for the orders to end.
    #[arg(long)]
    pub(crate) place_only: bool,
    /// Send to a trivial handler: no accounts, no catalogue. For `bench`.
    #[arg(long, hide = true, requires = "place_only")]
    pub(crate) yardstick: bool,
    /// Give up waiting for orders to end after this long.
    #[arg(long, default_value = "60s", value_parser = humantime::parse_duration)]
    pub(crate) patience: Duration,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) place: Location,
}

pub async fn run(args: &LoadArgs) -> Result<ExitCode> {
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
        return flash_sale::sold_exactly(report, args.units);
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
    let customers = if args.flash {
        flash_sale::invite(args, &locate::runtime(&args.place).await?).await?
    } else {
        Arc::new(Customers::invite(&client, args).await?)
    };
    let tracker = Arc::new(OrderTracker::default());
    let mut background = JoinSet::new();
    if !args.place_only {
        let runtime = locate::runtime(&args.place).await?;
        let start = follower::newest(&runtime).await?;
        background.spawn(follower::follow(
            reopen(&runtime)?,
            start,
            Arc::clone(&tracker),
        ));
    }
    let bar = progress(args);
    let started = Instant::now();
    customers.shop(args, &tracker, &bar).await;
    let placing = started.elapsed();
    if !args.place_only {
        tracker.wait_until_all_ended(args.patience).await;
    }
    let total = started.elapsed();
    bar.finish_and_clear();
    background.shutdown().await;
    Ok(LoadReport::of(&tracker.close(), args, placing, total))
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
