//! `streamward seed`: the demo catalogue and its coupons.

use std::process::ExitCode;

use anyhow::Result;

use clap::Args as ClapArgs;
use shop::{
    demo_catalog,
    locate::{self, Location},
    output,
};

#[derive(Debug, ClapArgs)]
pub(crate) struct SeedArgs {
    /// How many products.
    #[arg(long, default_value_t = 24)]
    pub(crate) products: usize,
    #[command(flatten)]
    pub(crate) place: Location,
}

pub(crate) async fn run(args: &SeedArgs) -> Result<ExitCode> {
    let runtime = locate::runtime_to_fill(&args.place).await?;
    let products = demo_catalog::seed(&runtime, args.products).await?;
    output::line(format!("{products} products"));
    Ok(ExitCode::SUCCESS)
}
