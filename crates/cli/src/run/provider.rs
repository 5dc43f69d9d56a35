//! `streamward provider`: the simulated payment provider alone, and the access to a provider: flags
//! first, then the data folder.

use std::{net::SocketAddr, process::ExitCode};

use anyhow::Result;
use clap::Args;
use payments_sim::Settings;
use shop::{
    BadSetting, assembly,
    data_dir::{self, DataDir, ProviderFile},
    locate::Location,
    provider::{Addresses, Provider},
};

use super::{
    process::{self, Running},
    startup::Endpoint,
};

/// Access to the payment provider, instead of that of `<data>/provider.json`.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ProviderArgs {
    /// Base URL of the provider.
    #[arg(long, env = "STREAMWARD_PROVIDER_URL")]
    pub(super) provider_url: Option<String>,
    /// Secret key of requests to the provider.
    #[arg(long, env = "STREAMWARD_PROVIDER_KEY", hide_env_values = true)]
    provider_key: Option<String>,
    /// Secret that signs the provider's callbacks.
    #[arg(long, env = "STREAMWARD_WEBHOOK_SECRET", hide_env_values = true)]
    pub(super) webhook_secret: Option<String>,
    /// URL of the provider's pages for customers, if it differs from the base URL.
    #[arg(long, env = "STREAMWARD_PROVIDER_PUBLIC_URL")]
    pub(super) provider_public_url: Option<String>,
}

impl ProviderArgs {
    /// Checks that URLs are such.
    ///
    /// # Errors
    /// [`BadSetting`], without the value: a URL may contain a secret.
    pub(super) fn check(&self) -> Result<(), BadSetting> {
        check_url("--provider-url", self.provider_url.as_deref())?;
        check_url("--provider-public-url", self.provider_public_url.as_deref())
    }
}

fn check_url(flag: &'static str, url: Option<&str>) -> Result<(), BadSetting> {
    let is_http = |url: &str| url.starts_with("http://") || url.starts_with("https://");
    if url.is_none_or(is_http) {
        return Ok(());
    }
    let problem = "expected a URL that begins with http:// or https://";
    Err(BadSetting::new(flag, problem))
}

#[derive(Debug, Args)]
pub(crate) struct ProviderRoleArgs {
    /// Address of the provider; port 0 means any.
    #[arg(
        long,
        env = "STREAMWARD_PROVIDER_LISTEN",
        default_value = "127.0.0.1:8081"
    )]
    listen: SocketAddr,
    /// URL of callbacks; by default, that of the API that the data folder names.
    #[arg(long, env = "STREAMWARD_WEBHOOK_URL")]
    webhook_url: Option<String>,
    /// URL of the shop's pages, to which payment pages lead back; by default, that of the same API.
    #[arg(long, env = "STREAMWARD_SHOP_URL")]
    shop_url: Option<String>,
    #[command(flatten)]
    location: Location,
    #[command(flatten)]
    provider: ProviderArgs,
}

impl ProviderRoleArgs {
    /// Checks every value before anything is touched.
    pub(crate) fn check(&self) -> Result<(), BadSetting> {
        check_url("--webhook-url", self.webhook_url.as_deref())?;
        check_url("--api", self.location.api.as_deref())?;
        self.provider.check()
    }
}

pub(crate) async fn run(args: ProviderRoleArgs) -> Result<ExitCode> {
    args.check()?;
    process::run(|_| start(args)).await
}

async fn start(args: ProviderRoleArgs) -> Result<Running> {
    let data = DataDir::create(&args.location.data)?;
    let endpoint = Endpoint::bind("--listen", args.listen).await?;
    let (callbacks, api) = match args.webhook_url {
        Some(url) => (url, None),
        None => {
            let api = args.location.api_url()?;
            (callback_url(&api), Some(api))
        }
    };
    let orders = args.shop_url.or(api).map(|shop| order_url(&shop));
    let url = endpoint.url.clone();
    let (_, provider) = simulate(endpoint, &data, &args.provider, callbacks, orders).await?;
    let root = assembly::root().child(assembly::provider(provider));
    Ok(Running {
        tree: root.start().await?,
        ready: url,
        published: None,
    })
}

/// Returns the URL of an API's endpoint for callbacks.
pub(super) fn callback_url(api: &str) -> String {
    format!("{api}/v1/payments/webhook")
}

/// Returns the URL of an order's page below that of the shop.
pub(super) fn order_url(shop: &str) -> String {
    format!("{}/orders/{{order_id}}", shop.trim_end_matches('/'))
}

/// Opens the simulated provider and writes its access into the data folder.
pub(super) async fn simulate(
    Endpoint { listener, url }: Endpoint,
    data: &DataDir,
    args: &ProviderArgs,
    callbacks: String,
    orders: Option<String>,
) -> Result<(ProviderFile, Provider)> {
    let addresses = Addresses {
        callbacks,
        pages: args.provider_public_url.clone().unwrap_or(url.clone()),
        orders,
    };
    let file = ensure_keys(data, args, url)?;
    let provider = Provider::open(listener, &file, addresses, data.join("provider")).await?;
    Ok((file, provider))
}

/// Reads the provider's keys, or generates them at the first start, and writes its address.
fn ensure_keys(data: &DataDir, args: &ProviderArgs, url: String) -> Result<ProviderFile> {
    let path = data.provider_file();
    let (secret_key, webhook_secret) = match data_dir::read::<ProviderFile>(&path)? {
        Some(file) => (file.secret_key, file.webhook_secret),
        None => {
            let generated = Settings::generated();
            (generated.secret_key, generated.webhook_secret)
        }
    };
    let file = ProviderFile {
        url,
        secret_key: args.provider_key.clone().unwrap_or(secret_key),
        webhook_secret: args.webhook_secret.clone().unwrap_or(webhook_secret),
    };
    data_dir::write(&path, &file)?;
    Ok(file)
}

/// Returns the access to the provider: the flags, else the data folder.
pub(super) fn access(data: &DataDir, args: &ProviderArgs) -> Result<ProviderFile> {
    let path = data.provider_file();
    let file = data_dir::read::<ProviderFile>(&path)?;
    let pick = |flag: &'static str, given: &Option<String>, known: fn(&ProviderFile) -> &String| {
        let known = file.as_ref().map(known);
        let missing = || format!("is not given, and there is no {}", path.display());
        let value = given.as_ref().or(known).cloned();
        value.ok_or_else(|| BadSetting::new(flag, missing()))
    };
    Ok(ProviderFile {
        url: pick("--provider-url", &args.provider_url, |file| &file.url)?,
        secret_key: pick("--provider-key", &args.provider_key, |file| {
            &file.secret_key
        })?,
        webhook_secret: pick("--webhook-secret", &args.webhook_secret, |file| {
            &file.webhook_secret
        })?,
    })
}
