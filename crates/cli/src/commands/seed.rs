//! `streamward seed`: the demo catalogue and its coupons.

use std::process::ExitCode;

use anyhow::Result;

use crate::{args::SeedArgs, demo_data, locate, output};

pub(crate) async fn run(args: &SeedArgs) -> Result<ExitCode> {
    let runtime = locate::runtime_to_fill(&args.place).await?;
    let products = demo_data::seed(&runtime, args.products).await?;
    output::line(format!("{products} products"));
    Ok(ExitCode::SUCCESS)
}
