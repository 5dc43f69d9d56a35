//! `streamward catalog export`: prints every product, ordered by id, in a form that can be imported.

use std::process::ExitCode;

use anyhow::Result;
use contracts::Product;

use super::{Format, table};
use clap::Args;
use shop::{locate::Location, output};

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// File format.
    #[arg(long, default_value = "csv")]
    format: Format,
    #[command(flatten)]
    location: Location,
}

pub(super) async fn run(args: &ExportArgs) -> Result<ExitCode> {
    let runtime = args.location.runtime().await?;
    let all = store::catalog::all(&runtime).await?;
    let mut products: Vec<Product> = all.into_iter().map(|stored| stored.product).collect();
    products.sort_unstable_by(|one, two| one.id.cmp(&two.id));
    let text = match args.format {
        Format::Csv => table::write(&products)?,
        Format::Json => {
            let lines: Result<Vec<_>, _> = products.iter().map(serde_json::to_string).collect();
            lines?.iter().map(|line| format!("{line}\n")).collect()
        }
    };
    // A closed pipe (`| head`) ends the listing without an error; every other failure is one of the command.
    let _ = output::write(&text);
    Ok(ExitCode::SUCCESS)
}
