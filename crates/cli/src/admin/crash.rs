//! `streamward crash`: injects a fault into one part of the supervision tree.

use std::process::ExitCode;

use anyhow::Result;
use supervision::Fault;

use clap::Args;
use shop::{api_client::ApiClient, locate::Location, output};

#[derive(Debug, Args)]
pub(crate) struct CrashArgs {
    /// Path of the part, for example inventory/worker-0.
    path: String,
    /// Fault: panic, kill or hang.
    #[arg(long, default_value = "panic")]
    how: Fault,
    #[command(flatten)]
    location: Location,
}

pub(crate) async fn run(args: &CrashArgs) -> Result<ExitCode> {
    ApiClient::admin(&args.location)?
        .crash(&args.path, args.how)
        .await?;
    let when = match args.how {
        Fault::Panic | Fault::Kill => "",
        Fault::Hang => " once the watchdog has noticed, in about 15 s",
    };
    let (how, path) = (args.how, &args.path);
    output::line(format!(
        "{how} {path}; `streamward tree` shows the restart{when}"
    ));
    Ok(ExitCode::SUCCESS)
}
