//! `streamward up`: the whole shop in one process.

use std::{collections::HashMap, net::SocketAddr, path::PathBuf, process::ExitCode, sync::Arc};

use anyhow::{Context, Result};
use api::{Api, Settings};
use clap::Args as ClapArgs;
use contracts::Service;
use notification_worker::RemoteNotifier;
use payment_worker::StripeGateway;
use shop::{
    assembly::{self, Surroundings},
    data_dir::{self, AdminFile, DataDir, ProviderFile, RunFile},
    demo_catalog,
    embedded_redis::EmbeddedRedis,
    metrics, output,
    provider::Provider,
    setting::BadSetting,
};
use store::durability::Durability;
use streamward::{Namespace, Runtime, Server};
use tokio::net::TcpListener;
use webhook_worker::Sender;

use super::{
    http::EdgeArgs,
    messages::{self, MessageArgs},
    process::{self, Signals},
    provider::{self, ProviderArgs},
    settings::{AuditorArgs, ShopArgs},
    webhooks::WebhookArgs,
};

const DEMO_PRODUCTS: usize = 24;

#[derive(Debug, ClapArgs)]
pub(crate) struct UpArgs {
    /// Location the API listens; port 0 means any.
    #[arg(long, env = "STREAMWARD_LISTEN", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// Location the simulated provider listens; port 0 means any.
    #[arg(
        long,
        env = "STREAMWARD_PROVIDER_LISTEN",
        default_value = "127.0.0.1:8081"
    )]
    pub(crate) provider_listen: SocketAddr,
    /// Location the shop keeps its data.
    #[arg(long, env = "STREAMWARD_DATA", default_value = "./data")]
    pub(crate) data: PathBuf,
    /// Use this Redis instead of an own redis-server.
    #[arg(long, env = "STREAMWARD_REDIS")]
    pub(crate) redis: Option<String>,
    /// Put the demo catalogue into the shop, whatever is in it.
    #[arg(long, conflicts_with = "no_seed_demo")]
    pub(crate) seed_demo: bool,
    /// Start with an empty catalogue. Without either flag an empty one is filled.
    #[arg(long)]
    pub(crate) no_seed_demo: bool,
    /// Prefix of all keys, so that several shops can share a server.
    #[arg(long, env = "STREAMWARD_NAMESPACE", default_value = "sw")]
    pub(crate) namespace: String,
    #[command(flatten)]
    pub(crate) shop: ShopArgs,
    #[command(flatten)]
    pub(crate) auditor: AuditorArgs,
    #[command(flatten)]
    pub(crate) edge: EdgeArgs,
    #[command(flatten)]
    pub(crate) messages: MessageArgs,
    #[command(flatten)]
    pub(crate) webhooks: WebhookArgs,
    /// A provider's URL here means that the simulated one does not run.
    #[command(flatten)]
    pub(crate) provider: ProviderArgs,
}

/// A listener and the address that clients use for it.
struct Door {
    listener: TcpListener,
    url: String,
}

impl Door {
    async fn open(flag: &'static str, address: SocketAddr) -> Result<Self> {
        let listener = TcpListener::bind(address)
            .await
            .map_err(process::cannot_listen(flag, address))?;
        Ok(Self {
            url: url_of(listener.local_addr()?),
            listener,
        })
    }
}

/// The address as a client on this machine reaches it.
pub(super) fn url_of(address: SocketAddr) -> String {
    let ip = match address.ip() {
        ip if ip.is_unspecified() && ip.is_ipv6() => "[::1]".to_owned(),
        ip if ip.is_unspecified() => "127.0.0.1".to_owned(),
        std::net::IpAddr::V6(ip) => format!("[{ip}]"),
        std::net::IpAddr::V4(ip) => ip.to_string(),
    };
    format!("http://{ip}:{}", address.port())
}

pub(crate) async fn run(args: UpArgs) -> Result<ExitCode> {
    let mut signals = Signals::listen()?;
    let metrics = metrics::record_metrics()?;
    let data = DataDir::create(&args.data)?;
    let occupied = data.occupy()?;
    let embedded = match &args.redis {
        Some(_) => None,
        None => Some(EmbeddedRedis::start(&data.join(""), args.shop.durability).await?),
    };
    let url = match (&args.redis, &embedded) {
        (Some(url), _) => url.clone(),
        (None, Some(redis)) => redis.url(),
        (None, None) => String::new(),
    };
    let runtime = open_runtime(&url, &args.namespace, &args.shop).await?;
    let admin = ensure_admin(&runtime, &data).await?;
    let door = Door::open("--listen", args.listen).await?;
    let (provider, simulated) = open_provider(&args, &data, &door.url).await?;
    seed(&runtime, &args).await?;
    let mut settings = Settings::new(&provider.webhook_secret);
    settings.durability = args.shop.durability;
    settings.high_water = args.shop.high_water;
    settings.open_limits = args.shop.open_limits();
    settings.merchant_webhook_policy = args.webhooks.place.policy();
    args.edge.apply(&mut settings)?;
    let exposition = metrics.clone();
    let api = Api::open(runtime.clone(), settings, move || exposition.render()).await?;
    let around = surroundings(
        data.outbox(),
        &args.shop,
        &args.messages,
        &args.webhooks,
        &provider,
        &args.provider,
    )?;

    let mut root = assembly::root();
    if let Some(redis) = embedded {
        root = root.child(assembly::redis(redis));
    }
    root = root.child(assembly::metrics(&metrics));
    if let Some(simulated) = simulated {
        root = root.child(assembly::provider(Arc::new(simulated)));
    }
    for service in Service::ALL {
        root = root.child(assembly::service(service, &runtime, &around).await?);
    }
    root = assembly::audited(root, &runtime, args.auditor.audit_every);
    let tree = root
        .child(assembly::api(&api, door.listener))
        .start()
        .await?;
    api.set_tree(tree.clone());

    let run = RunFile {
        pid: std::process::id(),
        api: door.url,
        provider: provider.url,
        redis: url,
        namespace: args.namespace,
    };
    data_dir::write(&data.run_file(), &run)?;
    tracing::info!(admin = admin.email, data = %args.data.display(), "the shop runs");
    output::line(format!("ready {}", run.api));
    let code = process::run_until_stopped(&tree, &mut signals).await;
    // Whoever looks for the shop from here on is told that none runs.
    let _ = std::fs::remove_file(data.run_file());
    drop(occupied);
    code
}

pub(super) async fn open_runtime(url: &str, namespace: &str, shop: &ShopArgs) -> Result<Runtime> {
    if shop.partitions != 1 {
        let problem = format!("is {}, and this version runs exactly 1", shop.partitions);
        return Err(BadSetting::new("--partitions", problem).into());
    }
    let server = Server::new(url).map_err(|error| BadSetting::new("--redis", error.to_string()))?;
    let namespace = Namespace::new(namespace)
        .map_err(|error| BadSetting::new("--namespace", error.to_string()))?;
    let opened = Runtime::open(server, &namespace, shop.partitions).await;
    let runtime: Result<Runtime> = opened.map_err(|error| {
        if let streamward::Error::Server { setting, problem } = error {
            return BadSetting::new(setting, problem).into();
        }
        anyhow::Error::from(error).context(format!("redis at {url}"))
    });
    let runtime = runtime?;
    check_durability(&runtime, shop.durability).await?;
    Ok(runtime)
}

/// `always` is the server's promise, so it must be set to keep it.
async fn check_durability(runtime: &Runtime, durability: Durability) -> Result<()> {
    if durability != Durability::Always {
        return Ok(());
    }
    let mut get = redis::cmd("CONFIG");
    get.arg("GET").arg("appendonly").arg("appendfsync");
    let found: HashMap<String, String> = get
        .query_async(&mut runtime.server().link())
        .await
        .context("CONFIG GET")?;
    for (setting, wanted) in [("appendonly", "yes"), ("appendfsync", "always")] {
        let value = found.get(setting).map_or("unknown", String::as_str);
        if value != wanted {
            let problem = format!("the server's {setting} is {value} and must be {wanted}");
            return Err(BadSetting::new("--durability", problem).into());
        }
    }
    Ok(())
}

/// The administrator of `admin.json`, made up at the first start.
pub(super) async fn ensure_admin(runtime: &Runtime, data: &DataDir) -> Result<AdminFile> {
    let path = data.admin_file();
    if let Some(known) = data_dir::read::<AdminFile>(&path)?
        && store::account::find_principal(runtime, &known.token)
            .await?
            .is_some()
    {
        return Ok(known);
    }
    let fresh = api::accounts::bootstrap(runtime)
        .await
        .context("cannot create the administrator")?;
    let file = AdminFile {
        email: fresh.email,
        password: fresh.password,
        token: fresh.token,
    };
    data_dir::write(&path, &file)?;
    Ok(file)
}

async fn seed(runtime: &Runtime, args: &UpArgs) -> Result<()> {
    if args.seed_demo {
        demo_catalog::seed(runtime, DEMO_PRODUCTS).await?;
    } else if !args.no_seed_demo {
        demo_catalog::seed_if_empty(runtime, DEMO_PRODUCTS).await?;
    }
    Ok(())
}

/// The provider to charge through, and the simulated one when that is it.
async fn open_provider(
    args: &UpArgs,
    data: &DataDir,
    api_url: &str,
) -> Result<(ProviderFile, Option<Provider>)> {
    if args.provider.provider_url.is_some() {
        return Ok((provider::access(data, &args.provider)?, None));
    }
    let door = Door::open("--provider-listen", args.provider_listen).await?;
    let file = provider::claim_keys(data, &args.provider, door.url.clone())?;
    let pages = args
        .provider
        .provider_public_url
        .clone()
        .unwrap_or(door.url);
    let webhook_url = format!("{api_url}/v1/payments/webhook");
    let listener = door.listener.into_std()?;
    let journal = data.join("provider");
    let simulated = Provider::open(listener, &file, webhook_url, pages, journal).await?;
    Ok((file, Some(simulated)))
}

/// The surroundings of a real process.
pub(super) fn surroundings(
    outbox: PathBuf,
    shop: &ShopArgs,
    letters: &MessageArgs,
    webhooks: &WebhookArgs,
    provider: &ProviderFile,
    args: &ProviderArgs,
) -> Result<Surroundings<StripeGateway, RemoteNotifier>> {
    Ok(Surroundings {
        gateway: Arc::new(gateway(provider, args)?),
        notifier: Arc::new(messages::open(outbox, letters)?),
        messages: messages::settings(letters)?,
        sender: Arc::new(Sender::new(webhooks.place.policy())?),
        webhooks: webhooks.settings(),
        time_to_pay: shop.payment_timeout,
        concurrency: usize::from(shop.concurrency),
    })
}

fn gateway(file: &ProviderFile, args: &ProviderArgs) -> Result<StripeGateway> {
    let pages = args.provider_public_url.as_ref().unwrap_or(&file.url);
    Ok(StripeGateway::new(&file.url, pages, &file.secret_key)?)
}
