//! `streamward bench`: the limit of this machine's Redis, and the share of it that the shop reaches.
//!
//! Absolute figures belong to the machine; the ratios of one run are comparable. Every part that moves
//! orders ends with an audit; its figures do not count unless the ledgers balance.

mod backlog;
mod catalog;
mod comparison;
mod due_jobs;
mod fixture;
mod flame_graph;
mod gateway;
mod http;
mod limit;
mod pipeline;
mod recovery;
mod report;
mod rest;
mod runtime;
mod script_costs;
mod usage;

use std::{path::PathBuf, process::ExitCode};

use anyhow::Result;
use clap::{Args, value_parser};
use serde::Serialize;
use shop::{metrics, output};
use store::durability::Durability;

use self::report::Report;

/// Arguments of `streamward bench`.
#[derive(Debug, Args)]
pub struct BenchArgs {
    /// Orders per part; the paced part places 200 a second for 20 seconds. With `--rest`: orders per fault,
    /// 1000 by default.
    #[arg(
        long,
        default_value_t = 10_000,
        default_value_if("rest", "true", "1000")
    )]
    orders: u64,
    /// Only measure the runtime, with a handler that does nothing, beside a raw loop.
    #[arg(long, conflicts_with_all = ["recovery", "backlog", "catalog", "rest"])]
    runtime: bool,
    /// Only measure recovery after a panic, after kill -9, after the death of redis-server.
    #[arg(long, conflicts_with_all = ["backlog", "catalog", "rest"])]
    recovery: bool,
    /// Only measure the cost of a hundred thousand entries that back off for live traffic.
    #[arg(long, conflicts_with_all = ["catalog", "rest"])]
    backlog: bool,
    /// Only measure reads and searches of products, and changes of their stock.
    #[arg(long, conflicts_with = "rest")]
    catalog: bool,
    /// Only compare the shop with the same shop as services that call each other over HTTP: latency,
    /// throughput, and the outcome of orders when a service is away, slow or killed.
    #[arg(long)]
    rest: bool,
    /// Draw the outcomes of `--rest` into this file.
    #[arg(long, value_name = "FILE", requires = "rest")]
    svg: Option<PathBuf>,
    /// Run as a service of the chain of `--rest`.
    #[arg(long, hide = true)]
    rest_service: Option<String>,
    /// Only measure the cost of an order before and after this number of stored orders.
    #[arg(long, value_name = "ORDERS", conflicts_with_all = ["runtime", "recovery", "backlog", "catalog", "rest"])]
    stored: Option<u64>,
    /// Products of the catalogue part.
    #[arg(long, default_value_t = 100_000, value_parser = value_parser!(u64).range(1..))]
    products: u64,
    /// Entries of the runtime parts.
    #[arg(long, default_value_t = 200_000)]
    entries: u64,
    /// Run as the process that is killed.
    #[arg(long, hide = true)]
    victim_on: Option<String>,
    /// Seconds of the paced part.
    #[arg(long, default_value_t = 20)]
    paced_seconds: u64,
    /// Durability: everysec or always.
    #[arg(long, default_value = "everysec")]
    durability: Durability,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Also print each figure beside that of an earlier run, which was printed as JSON.
    #[arg(long, value_name = "FILE", conflicts_with = "json")]
    compare: Option<PathBuf>,
    /// Write a flame graph of the pipeline, whose sampling costs it time; needs Linux' perf.
    #[arg(long, value_name = "FILE")]
    flame_graph: Option<PathBuf>,
    /// The version that is measured, for the JSON.
    #[arg(
        long,
        env = "STREAMWARD_COMMIT",
        hide = true,
        default_value = "unknown"
    )]
    commit: String,
}

/// Runs the benchmark.
pub async fn run(args: &BenchArgs) -> Result<ExitCode> {
    // A file that cannot be read shows now and not after minutes.
    args.compare.as_deref().map(comparison::read).transpose()?;
    // Metrics cost the shop time, so they are recorded here too.
    let _metrics = metrics::record_metrics()?;
    if let Some(redis) = &args.victim_on {
        return recovery::hold_entries(redis).await;
    }
    if let Some(service) = &args.rest_service {
        return rest::serve(service).await;
    }
    if args.runtime {
        announce("runtime: a raw loop, then a consumer with a handler that does nothing");
        return show(args, &runtime::measure(args).await?);
    }
    if args.recovery {
        announce(
            "recovery: workers that panic, processes that are killed, a redis-server that dies",
        );
        return show(args, &recovery::measure(args).await?);
    }
    if args.backlog {
        announce("backlog: live traffic alone, then beside entries that back off");
        return show(args, &backlog::measure(args).await?);
    }
    if args.catalog {
        announce("catalogue: a trivial handler, then reads, searches and changes of stock");
        return show(args, &catalog::measure(args).await?);
    }
    if args.rest {
        let comparison = rest::measure(args).await?;
        comparison.draw(args.svg.as_deref())?;
        return show(args, &comparison);
    }
    if let Some(stored) = args.stored {
        announce("stored orders: the pipeline with few of them, then with many");
        return show(args, &pipeline::measure_stored(args, stored).await?);
    }
    announce("limit: the shop's own steps in a plain loop");
    let limit = limit::measure(args).await?;
    announce("pipeline: placed through the store, all services running, provider in process");
    let pipeline = pipeline::measure(args).await?;
    announce("HTTP placing: a trivial handler with the one script, then POST /v1/orders");
    let (trivial, placing) = (http::trivial(args).await?, http::placing(args).await?);
    announce("HTTP end to end, provider over HTTP with signed callbacks; then paced at 200/s");
    let shop = http::shop(args).await?;
    let report = Report::new(args, limit, pipeline, trivial, placing, shop);
    show(args, &report)
}

/// Figures that can be printed as a table.
trait Printed: Serialize {
    fn print(&self);
}

fn show(args: &BenchArgs, figures: &impl Printed) -> Result<ExitCode> {
    if args.json {
        output::json(figures)?;
    } else {
        figures.print();
    }
    if let Some(path) = &args.compare {
        output::line("");
        comparison::table(&comparison::read(path)?, &serde_json::to_value(figures)?).print();
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints the progress of minutes beside the table, which is on standard output.
fn announce(part: &str) {
    output::note(part);
}
