//! `streamward bench`: what this machine's Redis can do at most, and what the shop reaches of it.
//!
//! One run, one table: absolute figures belong to the machine, the ratios are the message. Every
//! part that moves orders ends with an audit; figures of books that do not balance do not count.

mod backlog;
mod bare;
mod catalog;
mod due;
mod gateway;
mod http;
mod meters;
mod pipeline;
mod recovery;
mod report;
mod runtime;
mod stage;

use std::process::ExitCode;

use anyhow::Result;
use serde::Serialize;

use self::report::Report;
use crate::{args::BenchArgs, output, serving};

pub(crate) async fn run(args: &BenchArgs) -> Result<ExitCode> {
    // The shop pays for its metrics everywhere, so it pays here.
    let _metrics = serving::record_metrics()?;
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
    let limit = bare::measure(args).await?;
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
