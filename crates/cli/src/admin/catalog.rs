//! `streamward catalog`: imports products from a file, and exports them.

mod export;
mod import;
mod records;
mod table;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum};

use self::{export::ExportArgs, import::ImportArgs};

#[derive(Debug, Args)]
pub(crate) struct CatalogArgs {
    #[command(subcommand)]
    pub(crate) action: CatalogAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CatalogAction {
    /// Add and change products by a file. Lines with faults are reported and skipped.
    Import(ImportArgs),
    /// Print all products, by id.
    Export(ExportArgs),
}

/// File format of products.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A table with a header; prices as 19.90, tags with `|` between them.
    Csv,
    /// JSON lines: a product per line, as the API shows it.
    Json,
}

pub(crate) async fn run(action: CatalogAction) -> Result<ExitCode> {
    match action {
        CatalogAction::Import(args) => import::run(&args).await,
        CatalogAction::Export(args) => export::run(&args).await,
    }
}
