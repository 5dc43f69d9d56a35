//! `streamward up`: the whole shop in one process.

use std::{net::SocketAddr, path::PathBuf, process::ExitCode};

use ::api::Api;
use anyhow::Result;
use clap::Args;
use contracts::Service;
use shop::{
    assembly,
    data_dir::{DataDir, ProviderFile, RunFile},
    demo_catalog,
    embedded_redis::EmbeddedRedis,
    metrics,
    provider::Provider,
};
use streamward::Runtime;

use super::{
    http::{HttpArgs, shop_url},
    process::{self, Interrupt, Running},
    provider,
    settings::{AuditorArgs, ServiceArgs, ShopArgs},
    startup::{Endpoint, check_redis, ensure_admin, open_runtime},
};

const DEMO_PRODUCTS: usize = 24;

#[derive(Debug, Args)]
pub(crate) struct UpArgs {
    /// Address of the API; port 0 means any.
    #[arg(long, env = "STREAMWARD_LISTEN", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Address of the simulated provider; port 0 means any.
    #[arg(
        long,
        env = "STREAMWARD_PROVIDER_LISTEN",
        default_value = "127.0.0.1:8081"
    )]
    provider_listen: SocketAddr,
    /// Folder of the shop's data.
    #[arg(long, env = "STREAMWARD_DATA", default_value = "./data")]
    data: PathBuf,
    /// URL of a Redis to use instead of an embedded redis-server.
    #[arg(long, env = "STREAMWARD_REDIS", hide_env_values = true)]
    redis: Option<String>,
    /// Add the demo catalogue even if the shop has products.
    #[arg(long, conflicts_with = "no_seed_demo")]
    seed_demo: bool,
    /// Start with an empty catalogue. Without either flag an empty one is filled.
    #[arg(long)]
    no_seed_demo: bool,
    /// Prefix of all keys, so that several shops can share a server.
    #[arg(long, env = "STREAMWARD_NAMESPACE", default_value = "sw")]
    namespace: String,
    #[command(flatten)]
    shop: ShopArgs,
    #[command(flatten)]
    auditor: AuditorArgs,
    #[command(flatten)]
    http: HttpArgs,
    /// With a provider's URL the simulated provider does not run.
    #[command(flatten)]
    service: ServiceArgs,
}

impl UpArgs {
    /// Checks every value before anything is touched.
    pub(crate) fn check(&self) -> Result<()> {
        self.shop.check()?;
        check_redis(self.redis.as_deref(), &self.namespace)?;
        if self.redis.is_none() {
            EmbeddedRedis::check(self.shop.durability)?;
        }
        self.http.check()?;
        self.service.check()
    }
}

pub(crate) async fn run(args: UpArgs) -> Result<ExitCode> {
    args.check()?;
    let data = DataDir::create(&args.data)?;
    let lock = data.lock()?;
    let code = process::run(|interrupt| start(args, data, interrupt)).await;
    drop(lock);
    code
}

async fn start(args: UpArgs, data: DataDir, interrupt: Interrupt) -> Result<Running> {
    let metrics = metrics::record_metrics()?;
    let mut root = assembly::root();
    let redis = match &args.redis {
        Some(url) => url.clone(),
        None => {
            let server = interrupt
                .ends(EmbeddedRedis::start(&data.join(""), args.shop.durability))
                .await?;
            let url = server.url();
            root = root.child(assembly::redis(server));
            url
        }
    };
    let runtime = open_runtime(&redis, &args.namespace, &args.shop, &interrupt).await?;
    let admin = ensure_admin(&runtime, &data).await?;
    let endpoint = Endpoint::bind("--listen", args.listen).await?;
    let (provider, simulated) = open_provider(&args, &data, &endpoint.url).await?;
    seed(&runtime, &args).await?;
    let (secret, urls) = (&provider.webhook_secret, args.service.webhooks.urls);
    let settings = args
        .http
        .settings(secret, &args.shop, urls, &endpoint.url)?;
    let exposition = metrics.clone();
    let api = Api::open(runtime.clone(), settings, move || exposition.render()).await?;
    let environment = args.service.environment(&data, &args.shop, &provider)?;

    root = root.child(assembly::metrics(&metrics));
    root = root.child(assembly::clock(&runtime));
    if let Some(simulated) = simulated {
        root = root.child(assembly::provider(simulated));
    }
    for service in Service::ALL {
        root = root.child(assembly::service(service, &runtime, &environment).await?);
    }
    root = assembly::audited(root, &runtime, args.auditor.audit_every);
    root = root.child(assembly::api(&api, endpoint.listener));
    let tree = root.start().await?;
    api.set_tree(tree.clone());

    let run = RunFile::of_this_process(&endpoint.url, provider.url, redis, args.namespace);
    let published = data.publish(run)?;
    tracing::info!(admin = admin.email, data = %args.data.display(), "the shop is running");
    Ok(Running {
        tree,
        ready: endpoint.url,
        published: Some(published),
    })
}

async fn seed(runtime: &Runtime, args: &UpArgs) -> Result<()> {
    if args.seed_demo {
        demo_catalog::seed(runtime, DEMO_PRODUCTS).await?;
    } else if !args.no_seed_demo {
        demo_catalog::seed_if_empty(runtime, DEMO_PRODUCTS).await?;
    }
    Ok(())
}

/// Returns the access to the provider, and the simulated provider unless a real one is set.
async fn open_provider(
    args: &UpArgs,
    data: &DataDir,
    api: &str,
) -> Result<(ProviderFile, Option<Provider>)> {
    let access = &args.service.provider;
    if access.provider_url.is_some() {
        return Ok((provider::access(data, access)?, None));
    }
    let endpoint = Endpoint::bind("--provider-listen", args.provider_listen).await?;
    let callbacks = provider::callback_url(api);
    let shop = shop_url(args.http.shop_url.as_deref(), api);
    let orders = provider::order_url(&shop);
    let simulated = provider::simulate(endpoint, data, access, callbacks, Some(orders));
    let (file, simulated) = simulated.await?;
    Ok((file, Some(simulated)))
}
