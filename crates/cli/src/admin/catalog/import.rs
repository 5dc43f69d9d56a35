//! `streamward catalog import`: products from a file.
//!
//! A line is taken whole or not at all, and a file that was imported in part can be imported again: what is
//! there already as the file says is left alone.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context, Result};
use clap::Args as ClapArgs;
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
use shop::{
    locate::{self, Location},
    output,
    setting::BadSetting,
};

#[derive(Debug, ClapArgs)]
pub(crate) struct ImportArgs {
    /// The file: .csv, or .json with one product a line.
    pub(crate) file: PathBuf,
    /// Its format, when its name does not end in it.
    #[arg(long)]
    pub(crate) format: Option<Format>,
    /// Check and compare only; change nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    #[command(flatten)]
    pub(crate) place: Location,
}

/// Products that are written at the same time.
const IN_FLIGHT: usize = 64;
const WITH_FAULTS: u8 = 1;

/// What a line came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Taken {
    Added,
    Changed,
    Unchanged,
    Faulty,
}

/// How many lines came to what.
#[derive(Debug, Default)]
struct Tally {
    added: u64,
    changed: u64,
    unchanged: u64,
    faulty: u64,
}

impl Tally {
    fn count(&mut self, taken: Taken) {
        let one = match taken {
            Taken::Added => &mut self.added,
            Taken::Changed => &mut self.changed,
            Taken::Unchanged => &mut self.unchanged,
            Taken::Faulty => &mut self.faulty,
        };
        *one += 1;
    }
}

pub(super) async fn run(args: &ImportArgs) -> Result<ExitCode> {
    let format = format_of(&args.file, args.format)?;
    let records = records::read(&args.file, format)?;
    let runtime = locate::runtime_to_fill(&args.place).await?;
    let bar = progress();
    let importer = Importer {
        known: known(&runtime).await?,
        runtime,
        dry_run: args.dry_run,
    };
    let importer = &importer;
    let taken = stream::iter(records).map(|record| async move { importer.take(record?).await });
    let mut taken = taken.buffer_unordered(IN_FLIGHT);
    let mut tally = Tally::default();
    while let Some((taken, words)) = taken.try_next().await? {
        tally.count(taken);
        bar.inc(1);
        bar.suspend(|| complain(&words));
    }
    bar.finish_and_clear();
    let Tally {
        added,
        changed,
        unchanged,
        faulty,
    } = tally;
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
    let words = "the file's name does not end in .csv or .json, so say which it is";
    Ok(given
        .or(by_name)
        .ok_or_else(|| BadSetting::new("--format", words))?)
}

async fn known(runtime: &Runtime) -> Result<HashMap<ProductId, Product>> {
    let all = catalog::all(runtime).await?.into_iter();
    Ok(all
        .map(|one| (one.product.id.clone(), one.product))
        .collect())
}

/// Counts lines on a terminal, and nothing elsewhere.
fn progress() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    if let Ok(style) = ProgressStyle::with_template("{spinner} {human_pos} lines, {per_sec}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

#[expect(
    clippy::print_stderr,
    reason = "faults go beside the report, not into it"
)]
fn complain(words: &[String]) {
    for line in words {
        eprintln!("{line}");
    }
}

struct Importer {
    runtime: Runtime,
    /// The catalogue as it was at the start.
    known: HashMap<ProductId, Product>,
    dry_run: bool,
}

impl Importer {
    /// Takes a line; says what it came to, and what is wrong with it.
    async fn take(&self, record: Record) -> Result<(Taken, Vec<String>)> {
        let line = record.line;
        let (product, units) = match record.said {
            Ok(said) => said,
            Err(faults) => {
                let place = |field: &str| match field {
                    "" => String::new(),
                    field => format!("{field} "),
                };
                let words = faults
                    .iter()
                    .map(|fault| format!("line {line}: {}{}", place(&fault.field), fault.detail));
                return Ok((Taken::Faulty, words.collect()));
            }
        };
        let taken = match self.known.get(&product.id) {
            None => Taken::Added,
            Some(known) if *known == product => Taken::Unchanged,
            Some(_) => Taken::Changed,
        };
        if !self.dry_run {
            let written = self.write(&product, taken, units).await;
            written.with_context(|| format!("line {line}: product {}", product.id))?;
        }
        Ok((taken, Vec::new()))
    }

    async fn write(&self, product: &Product, taken: Taken, units: Option<i64>) -> Result<()> {
        let (runtime, trace) = (&self.runtime, TraceParent::start());
        if taken != Taken::Unchanged {
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
