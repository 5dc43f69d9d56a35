//! `streamward api`: the HTTP API alone.

use std::{
    net::SocketAddr,
    process::{Command, ExitCode, Stdio},
};

use ::api::Api;
use anyhow::Result;
use clap::Args;
use shop::{
    assembly,
    data_dir::{self, DataDir, ProviderFile, RunFile},
    locate::Location,
    metrics, output,
};

use super::{
    http::HttpArgs,
    process::{self, Signals},
    provider::{self, ProviderArgs},
    settings::ShopArgs,
    startup::{Endpoint, ensure_admin, open_runtime},
    webhooks::WebhookUrlArgs,
};

#[derive(Debug, Args)]
pub(crate) struct ApiArgs {
    /// Address of the API; port 0 means any.
    #[arg(long, env = "STREAMWARD_LISTEN", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    #[command(flatten)]
    location: Location,
    #[command(flatten)]
    shop: ShopArgs,
    #[command(flatten)]
    webhooks: WebhookUrlArgs,
    #[command(flatten)]
    http: HttpArgs,
    #[command(flatten)]
    provider: ProviderArgs,
}

pub(crate) async fn run(args: ApiArgs) -> Result<ExitCode> {
    let mut signals = Signals::listen()?;
    let metrics = metrics::record_metrics()?;
    let (redis, namespace) = (args.location.redis_url()?, args.location.namespace()?);
    let runtime = open_runtime(&redis, &namespace, &args.shop).await?;
    let data = DataDir::create(&args.location.data)?;
    ensure_admin(&runtime, &data).await?;
    let secret = match &args.provider.webhook_secret {
        Some(secret) => secret.clone(),
        None => provider::access(&data, &args.provider)?.webhook_secret,
    };
    let settings = args.http.settings(secret, &args.shop, args.webhooks)?;
    let endpoint = Endpoint::bind("--listen", args.listen).await?;
    let api = Api::open(runtime, settings, move || metrics.render()).await?;
    let root = assembly::root().child(assembly::api(&api, endpoint.listener));
    let tree = root.start().await?;
    api.set_tree(tree.clone());
    write_run_file(&data, &endpoint.url, redis, namespace)?;
    output::line(format!("ready {}", endpoint.url));
    process::run_until_stopped(&tree, &mut signals).await
}

/// Writes this API's address into the data folder, unless a running shop has written its own.
fn write_run_file(data: &DataDir, api: &str, redis: String, namespace: String) -> Result<()> {
    let path = data.run_file();
    if data_dir::read::<RunFile>(&path)?.is_some_and(|file| is_running(file.pid)) {
        return Ok(());
    }
    let provider: Option<ProviderFile> = data_dir::read(&data.provider_file())?;
    let run = RunFile {
        pid: std::process::id(),
        api: api.to_owned(),
        provider: provider.unwrap_or_default().url,
        redis,
        namespace,
    };
    data_dir::write(&path, &run)
}

fn is_running(pid: u32) -> bool {
    let mut kill = Command::new("kill");
    kill.args(["-0", &pid.to_string()]).stderr(Stdio::null());
    kill.status().is_ok_and(|status| status.success())
}
