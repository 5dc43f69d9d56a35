//! `streamward bench`: what this machine's Redis can do at most, and what the shop reaches of it.
//!
//! One run, one table: absolute figures belong to the machine, the ratios are the message. Every
//! part that moves orders ends with an audit; figures of books that do not balance do not count.

mod backlog;
mod catalog;
mod due_jobs;
mod fixture;
mod gateway;
mod http;
mod limit;
mod pipeline;
mod recovery;
mod report;
mod runtime;
mod usage;

use std::process::ExitCode;

use anyhow::Result;
use clap::Args;
use serde::Serialize;
use shop::{metrics, output};
use store::durability::Durability;

use self::report::Report;

#[derive(Debug, Args)]
pub struct BenchArgs {
    /// Orders per part; the paced part takes 200 a second for 20 seconds.
    #[arg(long, default_value_t = 10_000)]
    pub(crate) orders: u64,
    /// Only the runtime, with a handler that does nothing, beside a raw loop.
    #[arg(long, conflicts_with_all = ["recovery", "backlog", "catalog"])]
    pub(crate) runtime: bool,
    /// Only how soon work goes on after a panic, after kill -9, after the death of redis-server.
    #[arg(long, conflicts_with_all = ["backlog", "catalog"])]
    pub(crate) recovery: bool,
    /// Only what a hundred thousand entries that back off cost live traffic.
    #[arg(long, conflicts_with = "catalog")]
    pub(crate) backlog: bool,
    /// Only reading and finding products, and changing their stock.
    #[arg(long)]
    pub(crate) catalog: bool,
    /// Products of the part with the catalogue.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) products: u64,
    /// Entries of the parts with the runtime alone.
    #[arg(long, default_value_t = 200_000)]
    pub(crate) entries: u64,
    /// Run as the process that is killed.
    #[arg(long, hide = true)]
    pub(crate) victim_on: Option<String>,
    /// Seconds of the paced part.
    #[arg(long, default_value_t = 20)]
    pub(crate) paced_seconds: u64,
    /// everysec or always.
    #[arg(long, default_value = "everysec")]
    pub(crate) durability: Durability,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

pub async fn run(args: &BenchArgs) -> Result<ExitCode> {
    // The shop pays for its metrics everywhere, so it pays here.
    let _metrics = metrics::record_metrics()?;
    if let Some(redis) = &args.victim_on {
        return recovery::be_killed(redis).await;
    }
    if args.runtime {
        say("runtime: a raw loop, then a consumer with a handler that does nothing");
        return show(args, &runtime::measure(args).await?);
    }
    if args.recovery {
        say("recovery: workers that panic, processes that are killed, a redis-server that dies");
        return show(args, &recovery::measure(args).await?);
    }
    if args.backlog {
        say("backlog: live traffic alone, then beside entries that back off");
        return show(args, &backlog::measure(args).await?);
    }
    if args.catalog {
        say("catalogue: a trivial handler, then reads, searches and changes of stock");
        return show(args, &catalog::measure(args).await?);
    }
    say("limit: the shop's own steps in a bare loop");
    let limit = limit::measure(args).await?;
    say("pipeline: placed through the store, all services running, provider in process");
    let pipeline = pipeline::measure(args).await?;
    say("HTTP placing: a trivial handler with the one script, then POST /v1/orders");
    let trivial = http::trivial(args).await?;
    let placing = http::placing(args).await?;
    say("HTTP end to end, provider over HTTP with signed callbacks; then paced at 200/s");
    let shop = http::shop(args).await?;
    show(
        args,
        &Report::new(args, limit, pipeline, trivial, placing, shop),
    )
}

/// Figures for people, as a table.
trait Printed: Serialize {
    fn print(&self);
}

fn show(args: &BenchArgs, figures: &impl Printed) -> Result<ExitCode> {
    if args.json {
        output::json(figures)?;
    } else {
        figures.print();
    }
    Ok(ExitCode::SUCCESS)
}

#[expect(
    clippy::print_stderr,
    reason = "a person waits for minutes; standard output is the table"
)]
fn say(part: &str) {
    eprintln!("{part}");
}
