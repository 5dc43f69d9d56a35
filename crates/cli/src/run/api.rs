//! `streamward api`: the HTTP API alone.

use std::{net::SocketAddr, process::ExitCode};

use ::api::Api;
use anyhow::Result;
use clap::Args;
use shop::{
    assembly,
    data_dir::{self, DataDir, ProviderFile, RunFile},
    locate::Location,
    metrics,
};

use super::{
    http::HttpArgs,
    process::{self, Interrupt, Running},
    provider::{self, ProviderArgs},
    settings::ShopArgs,
    startup::{Endpoint, check_redis, ensure_admin, open_runtime},
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

impl ApiArgs {
    /// Checks every value before anything is touched.
    pub(crate) fn check(&self) -> Result<()> {
        self.shop.check()?;
        check_redis(self.location.redis.as_deref(), &self.location.namespace()?)?;
        self.http.check()?;
        Ok(self.provider.check()?)
    }
}

pub(crate) async fn run(args: ApiArgs) -> Result<ExitCode> {
    args.check()?;
    process::run(|interrupt| start(args, interrupt)).await
}

async fn start(args: ApiArgs, interrupt: Interrupt) -> Result<Running> {
    let metrics = metrics::record_metrics()?;
    let (redis, namespace) = (args.location.redis_url()?, args.location.namespace()?);
    let data = DataDir::create(&args.location.data)?;
    let runtime = open_runtime(&redis, &namespace, &args.shop, &interrupt).await?;
    ensure_admin(&runtime, &data).await?;
    let secret = match &args.provider.webhook_secret {
        Some(secret) => secret.clone(),
        None => provider::access(&data, &args.provider)?.webhook_secret,
    };
    let endpoint = Endpoint::bind("--listen", args.listen).await?;
    let clock = assembly::clock(&runtime);
    let settings = args
        .http
        .settings(secret, &args.shop, args.webhooks, &endpoint.url)?;
    let api = Api::open(runtime, settings, move || metrics.render()).await?;
    let root = assembly::root()
        .child(clock)
        .child(assembly::api(&api, endpoint.listener));
    let tree = root.start().await?;
    api.set_tree(tree.clone());
    let provider: Option<ProviderFile> = data_dir::read(&data.provider_file())?;
    let provider = provider.unwrap_or_default().url;
    let run = RunFile::of_this_process(&endpoint.url, provider, redis, namespace);
    Ok(Running {
        tree,
        ready: endpoint.url,
        published: data.publish_unless_running(run)?,
    })
}
