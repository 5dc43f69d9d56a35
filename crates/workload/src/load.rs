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
use shop::{locate::Location, output};
use tokio::{task::JoinSet, time::Instant};

use self::{customers::Customers, tracker::OrderTracker};

pub(crate) use self::report::{Latency, LoadReport};

const INCOMPLETE: u8 = 1;

/// Behaviour of the customers of a load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Mix {
    /// All customers buy at once with the same payment method, so that measurements are comparable.
    Uniform,
    /// Coupons, declined cards, orders that are cancelled or never paid, slow payments, requests
    /// that are sent twice.
    Realistic,
}

/// Arguments of `streamward load`.
#[derive(Clone, Debug, Args)]
pub struct LoadArgs {
    /// Number of orders.
    #[arg(long, default_value_t = 1000)]
    orders: u64,
    /// Orders per second; 0 is as fast as the connections allow.
    #[arg(long, default_value_t = 0)]
    rate: u64,
    /// Maximum of requests in flight without a rate; with one, it is 512.
    #[arg(long, default_value_t = 64)]
    connections: usize,
    /// Payment method of every order of a uniform mix; empty for none.
    #[arg(long, default_value = "pm_card_visa")]
    method: String,
    /// Behaviour of the customers.
    #[arg(long, value_enum, default_value = "uniform", conflicts_with_all = ["place_only", "baseline"])]
    mix: Mix,
    /// Run a flash sale: each order by another customer, all for one new product. Needs `admin.json`.
    #[arg(long, conflicts_with_all = ["mix", "method", "place_only", "baseline"])]
    flash: bool,
    /// Units in the flash sale.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..))]
    units: u64,
    /// Measure placing alone, without waiting for the orders to end.
    #[arg(long)]
    place_only: bool,
    /// Send to a trivial handler, without accounts and catalogue. For `bench`.
    #[arg(long, hide = true, requires = "place_only")]
    baseline: bool,
    /// Time to wait for the orders to end.
    #[arg(long, default_value = "60s", value_parser = humantime::parse_duration)]
    patience: Duration,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    location: Location,
}

/// Runs the load generator.
pub async fn run(args: &LoadArgs) -> Result<ExitCode> {
    let report = load(args).await?;
    if args.json {
        output::json(&report)?;
    } else {
        report.print();
    }
    Ok(if is_as_expected(&report, args) {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(INCOMPLETE)
    })
}

fn is_as_expected(report: &LoadReport, args: &LoadArgs) -> bool {
    if args.flash {
        return flash_sale::sold_exactly(report, args.units);
    }
    match args.mix {
        Mix::Uniform => report.is_complete() && report.placed == args.orders,
        // The shop may rightly reject some orders.
        Mix::Realistic => report.is_complete(),
    }
}

/// Places the orders, waits for their ends, and reports.
async fn load(args: &LoadArgs) -> Result<LoadReport> {
    let customers = if args.flash {
        flash_sale::prepare(args).await?
    } else {
        Customers::register(args).await?
    };
    let customers = Arc::new(customers);
    let tracker = Arc::new(OrderTracker::default());
    let mut background = JoinSet::new();
    if !args.place_only {
        let follower = follower::start(&args.location.runtime().await?).await?;
        background.spawn(follower::follow(follower, Arc::clone(&tracker)));
    }
    let bar = progress(args);
    let started = Instant::now();
    customers.place_all(args, &tracker, &bar).await;
    let placing = started.elapsed();
    if !args.place_only {
        tracker.wait_until_all_ended(args.patience).await;
    }
    let total = started.elapsed();
    bar.finish_and_clear();
    background.shutdown().await;
    Ok(LoadReport::of(&tracker.close(), args, placing, total))
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
