//! `streamward seed`: the demo catalogue and its coupons.

use std::process::ExitCode;

use anyhow::Result;

use clap::{Args, value_parser};
use shop::{demo_catalog, locate::Location, output};

#[derive(Debug, Args)]
pub(crate) struct SeedArgs {
    /// Number of products.
    #[arg(long, default_value_t = 24, value_parser = value_parser!(u32).range(1..=100_000))]
    products: u32,
    #[command(flatten)]
    location: Location,
}

pub(crate) async fn run(args: &SeedArgs) -> Result<ExitCode> {
    let runtime = args.location.runtime_to_fill().await?;
    let products = demo_catalog::seed(&runtime, usize::try_from(args.products)?).await?;
    output::line(format!("{products} products"));
    Ok(ExitCode::SUCCESS)
}
