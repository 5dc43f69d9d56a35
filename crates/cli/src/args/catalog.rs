//! The catalogue as a file.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Subcommand, ValueEnum};

use super::Where;

#[derive(Debug, ClapArgs)]
pub(crate) struct CatalogArgs {
    #[command(subcommand)]
    pub(crate) action: CatalogAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CatalogAction {
    /// Add and change products as a file says. Lines with faults are named and left out.
    Import(ImportArgs),
    /// Print all products, by id.
    Export(ExportArgs),
}

/// How products are written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A table with a header; prices as 19.90, tags with `|` between them.
    Csv,
    /// One product a line, as the API shows it.
    Json,
}

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
    pub(crate) place: Where,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ExportArgs {
    /// The format.
    #[arg(long, default_value = "csv")]
    pub(crate) format: Format,
    #[command(flatten)]
    pub(crate) place: Where,
}
