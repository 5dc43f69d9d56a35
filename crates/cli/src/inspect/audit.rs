//! `streamward audit`: audits the ledgers of stock and money; with `--repair` it corrects drifts.

use std::{process::ExitCode, time::Duration};

use anyhow::{Context, Result};
use clap::Args;
use contracts::Money;
use shop::output::{self, Colour, paint};
use store::audit::{self, Done, Repair, Repairs, Report};
use streamward::Runtime;
use tokio::time::{Instant, sleep};

use super::JsonArgs;

const DRIFT: u8 = 1;
const FAILED: u8 = 2;
/// Time for services to handle events that a repair has sent again.
const PATIENCE: Duration = Duration::from_secs(10);
const INTERVAL: Duration = Duration::from_millis(300);

#[derive(Debug, Args)]
pub(crate) struct AuditArgs {
    /// Repair drifts that need no invented units or money.
    #[arg(long)]
    repair: bool,
    /// Only show the repairs.
    #[arg(long, requires = "repair")]
    dry_run: bool,
    /// Name of the person who repairs, for the log of repairs.
    #[arg(long, env = "USER", default_value = "unknown", requires = "repair")]
    by: String,
    #[command(flatten)]
    once: JsonArgs,
}

pub(crate) async fn run(args: &AuditArgs) -> Result<ExitCode> {
    match audit(args).await {
        Ok(true) => Ok(ExitCode::SUCCESS),
        Ok(false) => Ok(ExitCode::from(DRIFT)),
        Err(error) => {
            tracing::error!("the audit could not run: {error:#}");
            Ok(ExitCode::from(FAILED))
        }
    }
}

/// Returns whether the ledgers balance in the end.
async fn audit(args: &AuditArgs) -> Result<bool> {
    let runtime = args.once.location.runtime().await?;
    if args.repair {
        return repair(&runtime, args).await;
    }
    let report = audit::run(&runtime).await.context("reading the ledgers")?;
    if args.once.json {
        output::json(&report)?;
    } else {
        print(&report);
    }
    Ok(report.balances())
}

async fn repair(runtime: &Runtime, args: &AuditArgs) -> Result<bool> {
    let found = audit::repair(runtime, &args.by, args.dry_run);
    let Repairs { report, repairs } = found.await.context("repairing the ledgers")?;
    for repair in repairs
        .iter()
        .filter(|repair| repair.done == Done::Repaired)
    {
        let Repair {
            rule,
            key,
            before,
            after,
            ..
        } = repair;
        tracing::warn!(rule, key, before, after, by = args.by, "repaired");
    }
    let report = if args.dry_run {
        report
    } else {
        wait_for_services(runtime, &repairs, report).await?
    };
    let all = Repairs { report, repairs };
    if args.once.json {
        output::json(&all)?;
    } else {
        // One step may repair all drifts of a key.
        for same_key in all.repairs.chunk_by(|one, other| one.key == other.key) {
            print_repair(&same_key[0]);
        }
        print(&all.report);
    }
    Ok(all.report.balances())
}

/// Returns the report after the services had time to handle the events sent again.
async fn wait_for_services(runtime: &Runtime, repairs: &[Repair], found: Report) -> Result<Report> {
    if repairs.iter().all(|repair| repair.done == Done::ByHand) {
        return Ok(found);
    }
    let deadline = Instant::now() + PATIENCE;
    loop {
        let report = audit::run(runtime).await.context("reading the ledgers")?;
        let is_pending = report.drifts.iter().any(|drift| drift.automatic);
        if !is_pending || Instant::now() > deadline {
            return Ok(report);
        }
        sleep(INTERVAL).await;
    }
}

fn print_repair(repair: &Repair) {
    let (colour, label, then) = match repair.done {
        Done::Repaired => (Colour::Green, "repaired", "now"),
        Done::Proposed => (Colour::Yellow, "would repair", "then"),
        Done::Gone => (Colour::Grey, "gone", "now"),
        Done::ByHand => (Colour::Red, "by hand", "do"),
    };
    let label = paint(colour, label);
    output::line(format!("{label}  rule {}  {}", repair.rule, repair.key));
    if !repair.before.is_empty() {
        output::line(format!("        was: {}", repair.before));
    }
    if !repair.after.is_empty() {
        output::line(format!("        {then}: {}", repair.after));
    }
}

fn print(report: &Report) {
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
        // A sum beyond the range of an amount is shown in minor units.
        let kept = i64::try_from(*minor).ok().zip(currency.parse().ok());
        let kept = kept.map(|(minor, currency)| Money::new(minor, currency).to_string());
        let kept = kept.unwrap_or_else(|| format!("{minor} minor units of {currency}"));
        output::line(format!("captured and kept: {kept}"));
    }
    for drift in drifts {
        let rule = paint(Colour::Red, &format!("rule {}", drift.rule));
        output::line(format!("{rule}  {}  {}", drift.key, drift.problem));
        let how = if drift.automatic {
            "--repair"
        } else {
            "by hand"
        };
        output::line(format!("        repair ({how}): {}", drift.repair));
    }
    if report.balances() {
        output::line(paint(Colour::Green, "the ledgers balance"));
    } else {
        output::line(paint(Colour::Red, &format!("{} drifts", drifts.len())));
    }
}
