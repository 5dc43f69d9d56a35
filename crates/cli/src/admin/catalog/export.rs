//! `streamward catalog export`: every product, by id. What it prints can be imported again.

use std::process::ExitCode;

use anyhow::Result;
use contracts::Product;

use super::{Format, table};
use clap::Args as ClapArgs;
use shop::{
    locate::{self, Location},
    output,
};

#[derive(Debug, ClapArgs)]
pub(crate) struct ExportArgs {
    /// The format.
    #[arg(long, default_value = "csv")]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) place: Location,
}

pub(super) async fn run(args: &ExportArgs) -> Result<ExitCode> {
    let runtime = locate::runtime(&args.place).await?;
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
    // A closed pipe (`| head`) ends the listing, not with an error.
    let _ = output::write(&text);
    Ok(ExitCode::SUCCESS)
}
