//! `streamward crash`: breaks one part, to watch it recover.

use std::process::ExitCode;

use anyhow::Result;
use supervision::Fault;

use clap::Args as ClapArgs;
use shop::{api_client::ApiClient, locate::Location, output};

#[derive(Debug, ClapArgs)]
pub(crate) struct CrashArgs {
    /// Which part, for example inventory/worker-0.
    pub(crate) path: String,
    /// How: panic, kill or hang.
    #[arg(long, default_value = "panic")]
    pub(crate) how: Fault,
    #[command(flatten)]
    pub(crate) place: Location,
}

pub(crate) async fn run(args: &CrashArgs) -> Result<ExitCode> {
    ApiClient::admin(&args.place)?
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
