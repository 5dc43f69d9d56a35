//! `streamward bench`: what this machine's Redis can do at most, and what the shop reaches of it.
//!
//! One run, one table: absolute figures belong to the machine, the ratios are the message. Every
//! part that moves orders ends with an audit; figures of books that do not balance do not count.

mod bare;
mod gateway;
mod http;
mod meters;
mod pipeline;
mod report;
mod runtime;
mod stage;

use std::process::ExitCode;

use anyhow::Result;

use self::report::Report;
use crate::{args::BenchArgs, output, serving};

pub(crate) async fn run(args: &BenchArgs) -> Result<ExitCode> {
    // The shop pays for its metrics everywhere, so it pays here.
    let _metrics = serving::record_metrics()?;
    if args.runtime {
        let rates = runtime::measure(args).await?;
        output::json(&rates)?;
        return Ok(ExitCode::SUCCESS);
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
    let report = Report::new(args, limit, pipeline, trivial, placing, shop);
    if args.json {
        output::json(&report)?;
    } else {
        report.print();
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
