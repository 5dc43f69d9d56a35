//! `streamward api`, `worker` and `provider`: one role per process.

use std::{net::SocketAddr, process::ExitCode, sync::Arc};

use anyhow::Result;
use api::{Api, Settings, Status};
use clap::Args as ClapArgs;
use contracts::Service;
use shop::{
    assembly,
    data_dir::{self, DataDir, ProviderFile, RunFile},
    locate::{self, Location},
    metrics, output,
    provider::Provider,
};
use tokio::net::TcpListener;

use super::{
    http::EdgeArgs,
    messages::MessageArgs,
    process::{self, Signals},
    provider::{self, ProviderArgs},
    settings::{AuditorArgs, ShopArgs},
    up::{ensure_admin, open_runtime, surroundings, url_of},
    webhooks::{WebhookArgs, WebhookPlaceArgs},
};

#[derive(Debug, ClapArgs)]
pub(crate) struct ApiArgs {
    /// Location the API listens; port 0 means any.
    #[arg(long, env = "STREAMWARD_LISTEN", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    #[command(flatten)]
    pub(crate) place: Location,
    #[command(flatten)]
    pub(crate) shop: ShopArgs,
    #[command(flatten)]
    pub(crate) webhooks: WebhookPlaceArgs,
    #[command(flatten)]
    pub(crate) edge: EdgeArgs,
    #[command(flatten)]
    pub(crate) provider: ProviderArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct WorkerArgs {
    /// Which services: order, inventory, promotion, payment, notification, webhook.
    #[arg(required = true)]
    pub(crate) services: Vec<Service>,
    /// Serve health, metrics and the supervision tree there; port 0 means any. Without it, nowhere.
    #[arg(long, env = "STREAMWARD_WORKER_LISTEN")]
    pub(crate) listen: Option<SocketAddr>,
    #[command(flatten)]
    pub(crate) place: Location,
    #[command(flatten)]
    pub(crate) shop: ShopArgs,
    #[command(flatten)]
    pub(crate) auditor: AuditorArgs,
    #[command(flatten)]
    pub(crate) messages: MessageArgs,
    #[command(flatten)]
    pub(crate) webhooks: WebhookArgs,
    #[command(flatten)]
    pub(crate) provider: ProviderArgs,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct ProviderRoleArgs {
    /// Location the provider listens; port 0 means any.
    #[arg(
        long,
        env = "STREAMWARD_PROVIDER_LISTEN",
        default_value = "127.0.0.1:8081"
    )]
    pub(crate) listen: SocketAddr,
    /// Location callbacks go; without it, to the API that the data folder names.
    #[arg(long, env = "STREAMWARD_WEBHOOK_URL")]
    pub(crate) webhook_url: Option<String>,
    #[command(flatten)]
    pub(crate) place: Location,
    #[command(flatten)]
    pub(crate) provider: ProviderArgs,
}

pub(crate) async fn api(args: ApiArgs) -> Result<ExitCode> {
    let mut signals = Signals::listen()?;
    let metrics = metrics::record_metrics()?;
    let url = locate::redis_url(&args.place)?;
    let runtime = open_runtime(&url, &locate::namespace(&args.place)?, &args.shop).await?;
    let data = DataDir::create(&args.place.data)?;
    ensure_admin(&runtime, &data).await?;
    let secret = match &args.provider.webhook_secret {
        Some(secret) => secret.clone(),
        None => provider::access(&data, &args.provider)?.webhook_secret,
    };
    let mut settings = Settings::new(secret);
    settings.durability = args.shop.durability;
    settings.high_water = args.shop.high_water;
    settings.open_limits = args.shop.open_limits();
    settings.merchant_webhook_policy = args.webhooks.policy();
    args.edge.apply(&mut settings)?;
    let listener = TcpListener::bind(args.listen)
        .await
        .map_err(process::cannot_listen("--listen", args.listen))?;
    let api_url = url_of(listener.local_addr()?);
    let exposition = metrics.clone();
    let api = Api::open(runtime, settings, move || exposition.render()).await?;
    let tree = assembly::root()
        .child(assembly::api(&api, listener))
        .start()
        .await?;
    api.set_tree(tree.clone());
    note_run(&data, &api_url, &url, locate::namespace(&args.place)?)?;
    output::line(format!("ready {api_url}"));
    process::run_until_stopped(&tree, &mut signals).await
}

/// Tells the tools where this API is, unless a shop of `up` has said so already.
fn note_run(data: &DataDir, api: &str, redis: &str, namespace: String) -> Result<()> {
    let path = data.run_file();
    if data_dir::read::<RunFile>(&path)?.is_some_and(|file| is_running(file.pid)) {
        return Ok(());
    }
    let known: Option<ProviderFile> = data_dir::read(&data.provider_file())?;
    let run = RunFile {
        pid: std::process::id(),
        api: api.to_owned(),
        provider: known.map_or_else(String::new, |file| file.url),
        redis: redis.to_owned(),
        namespace,
    };
    data_dir::write(&path, &run)
}

fn is_running(pid: u32) -> bool {
    std::process::Command::new("kill")
        .args(["-0", &pid.to_string()])
        .stderr(std::process::Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

pub(crate) async fn worker(args: WorkerArgs) -> Result<ExitCode> {
    let mut signals = Signals::listen()?;
    let metrics = metrics::record_metrics()?;
    let url = locate::redis_url(&args.place)?;
    let runtime = open_runtime(&url, &locate::namespace(&args.place)?, &args.shop).await?;
    let data = DataDir::create(&args.place.data)?;
    // Only the payment service needs the provider.
    let provider = if args.services.contains(&Service::Payment) {
        let known = ProviderArgs {
            webhook_secret: Some(args.provider.webhook_secret.clone().unwrap_or_default()),
            ..args.provider.clone()
        };
        provider::access(&data, &known)?
    } else {
        let nobody = String::new();
        ProviderFile {
            url: nobody.clone(),
            secret_key: nobody.clone(),
            webhook_secret: nobody,
        }
    };
    let around = surroundings(
        data.outbox(),
        &args.shop,
        &args.messages,
        &args.webhooks,
        &provider,
        &args.provider,
    )?;
    let mut root = assembly::root().child(assembly::metrics(&metrics));
    let exposition = metrics.clone();
    let status = Status::new(runtime.clone(), move || exposition.render());
    if let Some(address) = args.listen {
        let listener = TcpListener::bind(address)
            .await
            .map_err(process::cannot_listen("--listen", address))?;
        let url = url_of(listener.local_addr()?);
        tracing::info!(url, "health, metrics and the supervision tree are served");
        root = root.child(assembly::status(&status, listener));
    }
    for service in &args.services {
        root = root.child(assembly::service(*service, &runtime, &around).await?);
    }
    root = assembly::audited(root, &runtime, args.auditor.audit_every);
    let tree = root.start().await?;
    status.set_tree(tree.clone());
    let names: Vec<&str> = args.services.iter().map(|service| service.name()).collect();
    output::line(format!("ready {}", names.join(" ")));
    process::run_until_stopped(&tree, &mut signals).await
}

pub(crate) async fn provider(args: ProviderRoleArgs) -> Result<ExitCode> {
    let mut signals = Signals::listen()?;
    let data = DataDir::create(&args.place.data)?;
    let listener = TcpListener::bind(args.listen)
        .await
        .map_err(process::cannot_listen("--listen", args.listen))?;
    let url = url_of(listener.local_addr()?);
    let webhook_url = match &args.webhook_url {
        Some(url) => url.clone(),
        None => format!("{}/v1/payments/webhook", locate::api_url(&args.place)?),
    };
    let file = provider::claim_keys(&data, &args.provider, url.clone())?;
    let pages = args
        .provider
        .provider_public_url
        .unwrap_or_else(|| url.clone());
    let (listener, journal) = (listener.into_std()?, data.join("provider"));
    let simulated = Provider::open(listener, &file, webhook_url, pages, journal).await?;
    let tree = assembly::root()
        .child(assembly::provider(Arc::new(simulated)))
        .start()
        .await?;
    output::line(format!("ready {url}"));
    process::run_until_stopped(&tree, &mut signals).await
}
