//! `streamward catalog import`: products from a file.
//!
//! A line is imported whole or not at all. The import is idempotent, so a file that was imported in part
//! can be imported again.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context, Result};
use clap::Args;
use contracts::{Product, ProductId};
use futures_util::{StreamExt, TryStreamExt, stream};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use store::{
    catalog::{self, Mode},
    inventory::{self, Adjustment, When},
};
use streamward::{Runtime, TraceParent};

use super::{
    Format,
    records::{self, Record},
};
use shop::{BadSetting, locate::Location, output};

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// File to import: .csv, or .json with one product per line.
    file: PathBuf,
    /// Format, if the file's name does not end in it.
    #[arg(long)]
    format: Option<Format>,
    /// Only check and compare.
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    location: Location,
}

/// Concurrent writes.
const IN_FLIGHT: usize = 64;
const WITH_FAULTS: u8 = 1;

/// Result of one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Imported {
    Added,
    Changed,
    Unchanged,
    Faulty,
}

pub(super) async fn run(args: &ImportArgs) -> Result<ExitCode> {
    let format = format_of(&args.file, args.format)?;
    let records = records::read(&args.file, format)?;
    let runtime = args.location.runtime_to_fill().await?;
    let bar = progress();
    let importer = Importer {
        known: known(&runtime).await?,
        runtime,
        dry_run: args.dry_run,
    };
    let importer = &importer;
    let lines = stream::iter(records).map(|record| async move { importer.import(record?).await });
    let mut lines = lines.buffer_unordered(IN_FLIGHT);
    // Lines by result.
    let mut tally = [0_u64; 4];
    while let Some((imported, faults)) = lines.try_next().await? {
        tally[imported as usize] += 1;
        bar.inc(1);
        bar.suspend(|| print_faults(&faults));
    }
    bar.finish_and_clear();
    let [added, changed, unchanged, faulty] = tally;
    let only = if args.dry_run {
        " (dry run: nothing was written)"
    } else {
        ""
    };
    output::line(format!(
        "{added} added, {changed} changed, {unchanged} as they were, {faulty} lines with faults{only}"
    ));
    Ok(match faulty {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::from(WITH_FAULTS),
    })
}

fn format_of(file: &Path, given: Option<Format>) -> Result<Format> {
    let ending = file.extension().and_then(|ending| ending.to_str());
    let by_name = match ending {
        Some("csv") => Some(Format::Csv),
        Some("json" | "jsonl" | "ndjson") => Some(Format::Json),
        Some(_) | None => None,
    };
    let problem = "is needed, because the file's name does not end in .csv or .json";
    Ok(given
        .or(by_name)
        .ok_or_else(|| BadSetting::new("--format", problem))?)
}

async fn known(runtime: &Runtime) -> Result<HashMap<ProductId, Product>> {
    let all = catalog::all(runtime).await?.into_iter();
    Ok(all
        .map(|one| (one.product.id.clone(), one.product))
        .collect())
}

/// Returns a counter of lines, which is shown on a terminal only.
fn progress() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{spinner} {human_pos} lines, {per_sec}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// Prints faults beside the report, which is on standard output.
fn print_faults(faults: &[String]) {
    faults.iter().for_each(output::note);
}

struct Importer {
    runtime: Runtime,
    /// Products at the start of the import.
    known: HashMap<ProductId, Product>,
    dry_run: bool,
}

impl Importer {
    /// Imports one line; returns the result and the faults found.
    async fn import(&self, record: Record) -> Result<(Imported, Vec<String>)> {
        let line = record.line;
        let (product, units) = match record.content {
            Ok(content) => content,
            Err(faults) => {
                let place = |field: &str| match field {
                    "" => String::new(),
                    field => format!("{field} "),
                };
                let words = faults
                    .iter()
                    .map(|fault| format!("line {line}: {}{}", place(&fault.field), fault.detail));
                return Ok((Imported::Faulty, words.collect()));
            }
        };
        let imported = match self.known.get(&product.id) {
            None => Imported::Added,
            Some(known) if *known == product => Imported::Unchanged,
            Some(_) => Imported::Changed,
        };
        if !self.dry_run {
            let written = self.write(&product, imported, units).await;
            written.with_context(|| format!("line {line}: product {}", product.id))?;
        }
        Ok((imported, Vec::new()))
    }

    async fn write(&self, product: &Product, imported: Imported, units: Option<i64>) -> Result<()> {
        let (runtime, trace) = (&self.runtime, TraceParent::start());
        if imported != Imported::Unchanged {
            inventory::set_low_stock_threshold(runtime, &product.id, product.low_stock_threshold)
                .await?;
            catalog::put_product(runtime, product, Mode::Put, trace).await?;
        }
        if let Some(units) = units {
            let first = Adjustment {
                reason: "import",
                actor: "streamward catalog import",
                when: When::First,
                ..Adjustment::from(units)
            };
            inventory::adjust_stock(runtime, &product.id, first, trace).await?;
        }
        Ok(())
    }
}
