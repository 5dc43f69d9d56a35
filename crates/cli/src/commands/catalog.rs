//! `streamward catalog`: products from a file, and as one.

mod export;
mod import;
mod records;
mod table;

use std::process::ExitCode;

use anyhow::Result;

use crate::args::CatalogAction;

pub(crate) async fn run(action: &CatalogAction) -> Result<ExitCode> {
    match action {
        CatalogAction::Import(args) => import::run(args).await,
        CatalogAction::Export(args) => export::run(args).await,
    }
}
