//! `streamward audit`: do the books balance? With `--repair` it puts them right.

use std::{process::ExitCode, time::Duration};

use anyhow::{Context, Result};
use contracts::Money;
use store::audit::{self, Done, Repair, Repairs, Report};
use streamward::Runtime;
use tokio::time::{Instant, sleep};

use clap::Args as ClapArgs;
use shop::{
    locate,
    output::{self, Colour, paint},
};

use super::JsonArgs;

const DRIFT: u8 = 1;
const CANNOT_TELL: u8 = 2;
/// Services that were told of something have this long to settle it.
const PATIENCE: Duration = Duration::from_secs(10);
const BETWEEN: Duration = Duration::from_millis(300);

#[derive(Debug, ClapArgs)]
pub(crate) struct AuditArgs {
    /// Put right what can be put right without making up units or money.
    #[arg(long)]
    pub(crate) repair: bool,
    /// Only show what a repair would do.
    #[arg(long, requires = "repair")]
    pub(crate) dry_run: bool,
    /// Who repairs, for the ledger of repairs.
    #[arg(long, env = "USER", default_value = "unknown", requires = "repair")]
    pub(crate) by: String,
    #[command(flatten)]
    pub(crate) once: JsonArgs,
}

pub(crate) async fn run(args: &AuditArgs) -> Result<ExitCode> {
    match audit(args).await {
        Ok(true) => Ok(ExitCode::SUCCESS),
        Ok(false) => Ok(ExitCode::from(DRIFT)),
        Err(error) => {
            tracing::error!("the audit could not run: {error:#}");
            Ok(ExitCode::from(CANNOT_TELL))
        }
    }
}

/// Whether the books balance in the end.
async fn audit(args: &AuditArgs) -> Result<bool> {
    let runtime = locate::runtime(&args.once.place).await?;
    if args.repair {
        return repair(&runtime, args).await;
    }
    let report = audit::run(&runtime).await.context("reading the books")?;
    if args.once.json {
        output::json(&report)?;
    } else {
        print(&report);
    }
    Ok(report.balances())
}

async fn repair(runtime: &Runtime, args: &AuditArgs) -> Result<bool> {
    let found = audit::repair(runtime, &args.by, args.dry_run);
    let Repairs { report, repairs } = found.await.context("repairing the books")?;
    for one in repairs.iter().filter(|one| one.done == Done::Repaired) {
        let Repair {
            rule,
            key,
            before,
            after,
            ..
        } = one;
        tracing::warn!(rule, key, before, after, by = args.by, "repaired");
    }
    let report = if args.dry_run {
        report
    } else {
        settled(runtime, &repairs, report).await?
    };
    let all = Repairs { report, repairs };
    if args.once.json {
        output::json(&all)?;
    } else {
        // One stroke may mend all that is wrong with a key.
        let is_new = |n: &usize| *n == 0 || all.repairs[n - 1].key != all.repairs[*n].key;
        let numbers = (0..all.repairs.len()).filter(is_new);
        numbers.for_each(|n| print_repair(&all.repairs[n]));
        print(&all.report);
    }
    Ok(all.report.balances())
}

/// What is left once the services that were told of something had the time to settle it.
async fn settled(runtime: &Runtime, repairs: &[Repair], found: Report) -> Result<Report> {
    if repairs.iter().all(|one| one.done == Done::ByHand) {
        return Ok(found);
    }
    let deadline = Instant::now() + PATIENCE;
    loop {
        let report = audit::run(runtime).await.context("reading the books")?;
        let waits = report.drifts.iter().any(|drift| drift.automatic);
        if !waits || Instant::now() > deadline {
            return Ok(report);
        }
        sleep(BETWEEN).await;
    }
}

fn print_repair(repair: &Repair) {
    let (colour, word, then) = match repair.done {
        Done::Repaired => (Colour::Green, "repaired", "now"),
        Done::Proposed => (Colour::Yellow, "would repair", "then"),
        Done::Gone => (Colour::Grey, "gone by itself", "now"),
        Done::ByHand => (Colour::Red, "for a person", "do"),
    };
    let word = paint(colour, word);
    output::line(format!("{word}  rule {}  {}", repair.rule, repair.key));
    if !repair.before.is_empty() {
        output::line(format!("        was: {}", repair.before));
    }
    if !repair.after.is_empty() {
        output::line(format!("        {then}: {}", repair.after));
    }
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
        // What no single amount can hold is shown as it is.
        let kept = i64::try_from(*minor).ok().zip(currency.parse().ok());
        let kept = kept.map(|(minor, currency)| Money::new(minor, currency).to_string());
        let kept = kept.unwrap_or_else(|| format!("{minor} minor units of {currency}"));
        output::line(format!("captured and kept: {kept}"));
    }
    for drift in drifts {
        let rule = paint(Colour::Red, &format!("rule {}", drift.rule));
        output::line(format!("{rule}  {}  {}", drift.key, drift.problem));
        let who = if drift.automatic {
            "--repair"
        } else {
            "by hand"
        };
        output::line(format!("        repair ({who}): {}", drift.repair));
    }
    if report.balances() {
        output::line(paint(Colour::Green, "the books balance"));
    } else {
        output::line(paint(Colour::Red, &format!("{} drifts", drifts.len())));
    }
}
