//! `streamward crash`: breaks one part, to watch it recover.

use std::process::ExitCode;

use anyhow::Result;
use serde_json::json;
use supervision::Fault;

use super::client::ApiClient;
use crate::{args::CrashArgs, locate, output};

pub(crate) async fn run(args: &CrashArgs) -> Result<ExitCode> {
    strike(args).await?;
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

/// Asks the running shop to break one of its parts.
pub(super) async fn strike(args: &CrashArgs) -> Result<()> {
    let admin = locate::admin(&args.place)?;
    let client = ApiClient::new(&admin.api, Some(&admin.token))?;
    let body = json!({ "path": args.path, "how": args.how.to_string() });
    client.post("/v1/admin/crash", &body).await?;
    Ok(())
}
