//! `streamward audit`: do the books balance?

use std::process::ExitCode;

use anyhow::{Context, Result};
use store::audit::{self, Report};

use crate::{
    args::JsonArgs,
    locate,
    output::{self, Colour, paint},
};

const DRIFT: u8 = 1;
const CANNOT_TELL: u8 = 2;

pub(crate) async fn run(args: &JsonArgs) -> Result<ExitCode> {
    match audit(args).await {
        Ok(report) if report.balances() => Ok(ExitCode::SUCCESS),
        Ok(_) => Ok(ExitCode::from(DRIFT)),
        Err(error) => {
            tracing::error!("the audit could not run: {error:#}");
            Ok(ExitCode::from(CANNOT_TELL))
        }
    }
}

async fn audit(args: &JsonArgs) -> Result<Report> {
    let runtime = locate::runtime(&args.place).await?;
    let report = audit::run(&runtime).await.context("reading the books")?;
    if args.json {
        output::json(&report)?;
    } else {
        print(&report);
    }
    Ok(report)
}

pub(super) fn print(report: &Report) {
    let Report {
        products,
        orders,
        open,
        payments,
        captured,
        drifts,
    } = report;
    output::line(format!(
        "{products} products, {orders} orders ({open} open), {payments} payments"
    ));
    for (currency, minor) in captured {
        output::line(format!(
            "captured and kept: {}.{:02} {currency}",
            minor / 100,
            minor % 100
        ));
    }
    for drift in drifts {
        let rule = paint(Colour::Red, &format!("rule {}", drift.rule));
        output::line(format!("{rule}  {}  {}", drift.key, drift.problem));
        output::line(format!("        repair: {}", drift.repair));
    }
    if report.balances() {
        output::line(paint(Colour::Green, "the books balance"));
    } else {
        output::line(paint(Colour::Red, &format!("{} drifts", drifts.len())));
    }
}
